// placeholder: owned by the load package
#pragma once
namespace gameday {
struct DriverKind {
    const char* name;
};
}  // namespace gameday
