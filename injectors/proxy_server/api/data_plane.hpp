// What Toxiproxy's API needs of whatever carries the bytes. Calls come from one thread; none waits
// for data.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/proxy.hpp"
#include "injectors/proxy_server/api/seen.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gameday::proxy_server {

// Bytes that a proxy has read and written so far, on connections that are over and on live ones.
struct Traffic {
    std::uint64_t received_upstream = 0, sent_upstream = 0;      // from the client, to the server
    std::uint64_t received_downstream = 0, sent_downstream = 0;  // from the server, to the client
    bool operator==(const Traffic&) const = default;
};

// When a change of many proxies came into force, and where those listen that it opened.
struct Step {
    std::int64_t realtime_ns = 0;   // CLOCK_REALTIME
    std::int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC, at the same instant
    std::int64_t spread_ns = 0;     // from its beginning until the last thread went on with it
    std::map<std::string, std::string> opened;  // name and address
    bool operator==(const Step&) const = default;
};

class DataPlane {
 public:
    virtual ~DataPlane() = default;
    // Opens a listener for the proxy of that name and returns its address, with the port that was
    // chosen where port 0 or no port was asked for. Connections are relayed to `upstream`, which is
    // resolved at each dial; the first one meets the toxics already. Fails with `refused` and a
    // text such as "listen tcp 127.0.0.1:3310: bind: address already in use".
    virtual Result<std::string> open(const std::string& name, const std::string& listen,
                                     const std::string& upstream, const std::vector<Toxic>& toxics,
                                     const Extras& extras = {}) = 0;
    // Closes listener and connections (FIN); fine when it is not open. Its toxics are forgotten,
    // but what has been seen of its connections is not.
    virtual void close(const std::string& name) = 0;
    virtual void forget(const std::string& name) = 0;  // that as well; it is closed
    // These toxics and extras instead of those so far, on live connections too; in force on return.
    // Toxics that are the same as before keep what they have drawn and counted.
    virtual void put(const std::string& name, const std::vector<Toxic>& toxics,
                     const Extras& extras = {}) = 0;
    // All of these proxies as they are here, in one step: nobody sees some of them changed and not
    // others, and on failure (of a listener) nothing has changed. Only `enabled`, `upstream`,
    // `toxics` and `extras` may be others than before; not the protocol.
    virtual Result<Step> change(const std::vector<Proxy>& wanted) = 0;
    // New connections are relayed to `upstream` from now on; those there are stay where they are.
    virtual void move(const std::string& name, const std::string& upstream) = 0;
    // Reads the files that the extras name, before they are put into force. Fails with `invalid`,
    // and what to write instead.
    [[nodiscard]] virtual Result<void> load(Extras& extras) const = 0;
    // Whether it may filter packets, or what is missing and how to get it.
    [[nodiscard]] virtual Result<void> may_filter() const = 0;
    // How many there are now; none when it is not open.
    [[nodiscard]] virtual std::size_t connections(const std::string& name) const = 0;
    // What the proxy has carried since it was opened; nothing when it is not open.
    [[nodiscard]] virtual Traffic traffic(const std::string& name) const = 0;
    // Since the first proxy of that name was opened; nothing when none ever was.
    [[nodiscard]] virtual ProxyCounts counts(const std::string& name) const = 0;
    // The connections there are and the last that are over, in order of accepting.
    [[nodiscard]] virtual std::vector<SeenConnection> seen(const std::string& name) const = 0;
};

}  // namespace gameday::proxy_server
