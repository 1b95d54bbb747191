#include "tests/injectors/devices/proxy/http/play.hpp"

#include "harness/base/random.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

namespace gameday::testing {

namespace {

void put_together(std::vector<http::Piece>& all, std::vector<http::Piece> more) {
    for (auto& piece : more) {
        const bool same = !all.empty() && all.back().end == http::Piece::End::none &&
                          piece.delay == Duration{} &&
                          (piece.bytes.empty() || all.back().rate == piece.rate);
        if (!same) {
            all.push_back(std::move(piece));
            continue;
        }
        all.back().bytes += piece.bytes;
        all.back().end = piece.end;
    }
}

void put_together(http::Pieces& all, http::Pieces more) {
    put_together(all.to, std::move(more.to));
    put_together(all.from, std::move(more.from));
    all.by.insert(all.by.end(), more.by.begin(), more.by.end());
    all.foreign = all.foreign || more.foreign;
}

}  // namespace

Split random_splits(std::uint64_t seed) {
    return [random = std::make_shared<Random>(seed, "splits")](std::size_t left) {
        const auto most = random->chance(0.3) ? left : std::min<std::size_t>(left, 6);
        return 1 + static_cast<std::size_t>(random->below(most));
    };
}

http::ArmedFaults arm(const std::vector<http::Fault>& faults, std::uint64_t seed) {
    http::ArmedFaults armed;
    for (const auto& fault : faults) {
        auto one = std::make_shared<http::ArmedFault>();
        one->fault = fault;
        one->id = FaultId::of(armed.size() + 1);
        one->draw = mix64(seed ^ one->id.value);
        armed.push_back(std::move(one));
    }
    return armed;
}

http::Pieces play(const http::ArmedFaults& faults, const std::vector<Said>& script,
                  const Split& split, bool midway) {
    http::Exchanges exchanges(midway);
    exchanges.follow(faults);
    http::Pieces all;
    for (const auto& [who, text] : script) {
        if (who == Said::Who::client_ends) put_together(all, exchanges.request_end());
        if (who == Said::Who::upstream_ends) put_together(all, exchanges.response_end());
        for (std::string_view left = text; !left.empty();) {
            const std::string said(left.substr(0, split(left.size())));
            left.remove_prefix(said.size());
            put_together(
                all, who == Said::Who::client ? exchanges.request(said) : exchanges.response(said));
        }
    }
    return all;
}

std::string bytes_of(const std::vector<http::Piece>& pieces) {
    std::string all;
    for (const auto& piece : pieces) all += piece.bytes;
    return all;
}

std::vector<http::Fault> some_faults(unsigned choice) {
    using namespace std::chrono_literals;
    std::vector<http::Fault> all(7);
    all[0].answer = http::Answer{503, "no"};
    all[0].every = 2;
    all[1].delay = 5ms;
    all[2].delay = 3ms;
    all[2].delay_after = 2;
    all[3].truncate_after = 5;
    all[3].path = "/a*";
    all[4].rate = 100;
    all[5].replace = http::Field{"ETag", "x"};
    all[6].garble = "Content-Length";
    std::vector<http::Fault> chosen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if ((choice >> i & 1U) != 0) chosen.push_back(all[i]);
    }
    return chosen;
}

Drawn drawn_from(const std::uint8_t* data, std::size_t size) {
    Drawn drawn;
    drawn.script.push_back(client(""));
    if (size > 0) drawn.choice = data[0];
    if (size > 1) drawn.seed = data[1];
    bool client_ended = false, upstream_ended = false;
    for (std::size_t at = 2; at < size; ++at) {
        auto& script = drawn.script;
        const bool from_client = script.back().who == Said::Who::client;
        bool& ended = from_client ? client_ended : upstream_ended;
        if (data[at] == 1 || ended) {
            script.push_back(from_client ? upstream("") : client(""));
        } else if (data[at] == 2) {
            ended = true;
            script.push_back({from_client ? Said::Who::client_ends : Said::Who::upstream_ends, ""});
            script.push_back(from_client ? upstream("") : client(""));
        } else {
            script.back().text += static_cast<char>(data[at]);
            (from_client ? drawn.asked : drawn.answered) += static_cast<char>(data[at]);
        }
    }
    if (!client_ended) drawn.script.push_back({Said::Who::client_ends, ""});
    if (!upstream_ended) drawn.script.push_back({Said::Who::upstream_ends, ""});
    return drawn;
}

bool holds_for(const Drawn& drawn, const http::Pieces& at_once) {
    const auto faults = some_faults(drawn.choice);
    const auto split = drawn.seed % 8 == 0 ? Split(byte_by_byte) : random_splits(drawn.seed);
    if (play(arm(faults), drawn.script, split) != at_once) return false;
    if (!faults.empty()) return true;
    return bytes_of(at_once.to) == drawn.asked && bytes_of(at_once.from) == drawn.answered;
}

bool holds_for(const std::uint8_t* data, std::size_t size) {
    const Drawn drawn = drawn_from(data, size);
    return holds_for(drawn, play(arm(some_faults(drawn.choice)), drawn.script, whole));
}

}  // namespace gameday::testing
