// What becomes of a target while a fault is in force there: interfaces appear that no rule knows,
// others go, the process or the namespace ends. The kernel's events tell, so that what came and
// went in between is seen, too.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"
#include "injectors/kernel/host/host.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gameday::kernel {

// "the process 17 has ended while the fault was in force"; "" while the target is there.
std::string end_of(const Namespace& where);

class TargetWatch {
 public:
    // Watches from now on. Fails when the interfaces cannot be listed.
    static Result<std::unique_ptr<TargetWatch>> open(const Namespace& where);

    // The names of those there were when it was opened, or when it was last started anew, except
    // those that gameday has made.
    [[nodiscard]] std::vector<std::string> interfaces() const;
    // The first thing since then by which packets may have passed untouched; "" when there was
    // none. Interfaces that stayed down, and those of gameday, do not count. `where` is what it was
    // opened with.
    std::string change(const Namespace& where);
    // Takes the interfaces as they are now for known.
    Result<void> start_anew(const Namespace& where);

 private:
    explicit TargetWatch(std::string host) : host_(std::move(host)) {}
    Result<void> begin();
    void drain();
    void take(std::span<const std::uint8_t> datagram);
    void note(std::string change);

    std::string host_;
    Descriptor socket_;
    std::map<int, std::string> known_;  // by index
    std::string change_;
};

}  // namespace gameday::kernel
