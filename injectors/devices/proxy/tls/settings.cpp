#include "injectors/devices/proxy/tls/settings.hpp"

#include "harness/model/params.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

constexpr std::array specs{
    ParamSpec{"routes", ParamType::object, "",
              "server names and where they lead: {\"a.example\": \"host:port\"}; *.a.example is "
              "all below it"},
    ParamSpec{"otherwise", ParamType::choice, "upstream",
              "what becomes of other names, and of what is not TLS", false, otherwise_choices},
    ParamSpec{"terminate", ParamType::object, "",
              "files: {\"certificate\": \"chain.pem\", \"key\": \"key.pem\"} or {\"ca\": "
              "{\"certificate\": \"ca.pem\", \"key\": \"ca.key\"}}"},
    ParamSpec{"upstream", ParamType::object, "",
              "how the upstream is spoken to: {\"tls\": true, \"server_name\": \"a.example\", "
              "\"ca\": \"ca.pem\", \"verify\": true}"},
    ParamSpec{"fault", ParamType::choice, "", "what goes wrong in handshakes with clients", false,
              fault_choices},
    ParamSpec{"share", ParamType::share, "1", "only this share of them, drawn by the seed"},
};

constexpr std::array pair_specs{
    ParamSpec{"certificate", ParamType::text, "", "a file in PEM, with those above it"},
    ParamSpec{"key", ParamType::text, "", "the file of its key"},
    ParamSpec{"ca", ParamType::object, "", "certificate and key of a CA"},
};

constexpr std::array encrypt_specs{
    ParamSpec{"tls", ParamType::flag, "true", "whether to encrypt"},
    ParamSpec{"server_name", ParamType::text, "", "the name asked for"},
    ParamSpec{"ca", ParamType::text, "", "a file of those who may sign its certificate"},
    ParamSpec{"verify", ParamType::flag, "true", "whether it is refused when it is not its own"},
};

constexpr std::string_view terminate_example =
    R"(write {"certificate": "chain.pem", "key": "key.pem"} or )"
    R"({"ca": {"certificate": "ca.pem", "key": "ca.key"}})";

Result<Terminate> read_terminate(const Params& params) {
    const auto read_pair = [](ParamReader& reader, std::string& certificate, std::string& key) {
        certificate = reader.text("certificate");
        key = reader.text("key");
        return !certificate.empty() && !key.empty();
    };
    Terminate terminate;
    ParamReader reader(params, pair_specs);
    const bool pair = read_pair(reader, terminate.certificate, terminate.key);
    const auto* ca = reader.object("ca");
    if (auto good = reader.finish(); !good) return good.error();
    const bool alone = ca != nullptr && !reader.has("certificate") && !reader.has("key");
    if (pair && ca == nullptr) return terminate;
    if (!alone) return Error{ErrorCode::invalid, std::string(terminate_example)};
    ParamReader signer(*ca, std::span(pair_specs).first(2));
    const bool whole = read_pair(signer, terminate.ca_certificate, terminate.ca_key);
    if (auto good = signer.finish(); !good) return std::move(good.error()).within("ca");
    if (!whole) return Error{ErrorCode::invalid, std::string(terminate_example)};
    return terminate;
}

void read_terminate(ParamReader& reader, Settings& settings) {
    const auto* params = reader.object("terminate");
    if (params == nullptr) return;
    auto terminate = read_terminate(*params);
    if (!terminate) return reader.fail("terminate", terminate.error().message);
    settings.terminate = std::move(*terminate);
    settings.identity = nullptr;
}

void read_upstream(ParamReader& reader, Settings& settings) {
    const auto* params = reader.object("upstream");
    if (params == nullptr) return;
    ParamReader part(*params, encrypt_specs);
    const bool encrypts = part.flag("tls");
    Encrypt encrypt{part.text("server_name"), part.text("ca"), part.flag("verify")};
    if (auto good = part.finish(); !good) {
        return reader.fail("upstream", good.error().message);
    }
    settings.upstream.reset();
    settings.trust = nullptr;
    if (encrypts) settings.upstream = std::move(encrypt);
}

// Keys that are null are taken off, with what they stood for.
Params without_null(const Params& params, Settings& settings) {
    Params left;
    for (const auto& [name, value] : params) {
        if (!value.is_null()) {
            left[name] = value;
            continue;
        }
        if (name == "routes") settings.routing.routes.clear();
        if (name == "otherwise") settings.routing.otherwise = {};
        if (name == "fault") settings.fault.reset();
        if (name == "fault" || name == "share") settings.share = 1;
        if (name == "terminate") {
            settings.terminate.reset();
            settings.identity = nullptr;
        }
        if (name == "upstream") {
            settings.upstream.reset();
            settings.trust = nullptr;
        }
    }
    return left;
}

Result<void> check_together(const Settings& settings) {
    const auto wrong = [](std::string message) {
        return Error{ErrorCode::invalid, std::move(message)};
    };
    const bool has_ca = settings.terminate && settings.terminate->has_ca();
    if (settings.fault && is_of_certificate(*settings.fault) && !has_ca) {
        return wrong(fmt::format(
            R"(fault: "{}" needs certificates that the proxy makes: write "terminate": )"
            R"({{"ca": {{"certificate": "ca.pem", "key": "ca.key"}}}}, or the fault "stall" or )"
            R"("reset")",
            name_of(*settings.fault)));
    }
    if (settings.upstream && !settings.terminate && !settings.routing.routes.empty()) {
        return wrong(
            R"(upstream: what routes lead is encrypted already; write "terminate" as well)");
    }
    if (settings.routing.routes.empty() && settings.routing.otherwise != Routing::Otherwise{}) {
        return wrong(R"(otherwise: is for names that no route has; write "routes" as well)");
    }
    if (settings.share < 1 && !settings.fault) {
        return wrong(R"(share: is that of a fault; write "fault" as well)");
    }
    return {};
}

}  // namespace

bool is_plain(const Settings& settings) {
    return settings.routing.routes.empty() && !settings.terminate && !settings.upstream &&
           !settings.fault;
}

Result<Settings> read_settings(const Params& params, Settings settings) {
    const Params left = without_null(params, settings);
    ParamReader reader(left, specs);
    if (const auto* routes = reader.object("routes"))
        read_routes(*routes, reader, settings.routing);
    if (reader.has("otherwise")) {
        settings.routing.otherwise =
            otherwise_named(reader.text("otherwise")).value_or(Routing::Otherwise::upstream);
    }
    read_terminate(reader, settings);
    read_upstream(reader, settings);
    if (reader.has("fault")) settings.fault = fault_named(reader.text("fault"));
    if (reader.has("share")) settings.share = reader.share("share");
    if (auto good = reader.finish(); !good) return good.error();
    if (auto good = check_together(settings); !good) return good.error();
    if (params.empty()) {
        return invalid("is empty; write routes, terminate, upstream or fault");
    }
    return settings;
}

Params params_of(const Settings& settings) {
    Params params = params_of(settings.routing);
    if (settings.terminate) {
        const auto& [certificate, key, ca_certificate, ca_key] = *settings.terminate;
        const auto pair = [](const std::string& first, const std::string& second) {
            return Params{{"certificate", Value(first)}, {"key", Value(second)}};
        };
        params["terminate"] = settings.terminate->has_ca()
                                  ? Value(Params{{"ca", Value(pair(ca_certificate, ca_key))}})
                                  : Value(pair(certificate, key));
    }
    if (settings.upstream) {
        Params upstream{{"tls", Value(true)}};
        const auto& [server_name, ca, verify] = *settings.upstream;
        if (!server_name.empty()) upstream["server_name"] = Value(server_name);
        if (!ca.empty()) upstream["ca"] = Value(ca);
        if (!verify) upstream["verify"] = Value(false);
        params["upstream"] = Value(std::move(upstream));
    }
    if (settings.fault) params["fault"] = Value(std::string(name_of(*settings.fault)));
    if (settings.share < 1) params["share"] = Value(settings.share);
    return params;
}

}  // namespace gameday::devices::proxy::tls
