// What stays in force only while it is renewed.
#pragma once

namespace gameday::kernel {

class Leased {
 public:
    Leased() = default;
    Leased(const Leased&) = delete;
    Leased& operator=(const Leased&) = delete;
    virtual ~Leased() = default;

    // Gives the leases their full time anew. One that has ended stays ended. From any thread.
    virtual void renew() = 0;
    // Takes off what had to stand though it was ended; whether nothing of the kind stands now.
    virtual bool is_off() { return true; }
};

}  // namespace gameday::kernel
