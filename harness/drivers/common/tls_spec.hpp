// TlsSpec: what a scenario says about encrypted connections. Pure.
#pragma once

#include "harness/model/params.hpp"

#include <string>

namespace gameday::drivers {

struct TlsSpec {
    bool on = false;
    bool insecure = false;         // nobody's certificate is looked at
    std::string ca_file;           // PEM; "" = what the machine trusts
    std::string server_name;       // in the certificate, and asked for (SNI); "" = the node's own
    std::string certificate, key;  // PEM files of the client's own; "" = none
};

inline constexpr ParamSpec tls_param{
    "tls", ParamType::object, "",
    "encrypted, {} as the machine trusts: ca_file, server_name, certificate, key, insecure"};

// Reads the object `tls`; what is wrong in it becomes errors of the reader.
TlsSpec read_tls(ParamReader& reader);

}  // namespace gameday::drivers
