#include "harness/model/report.hpp"

namespace gameday {

std::string_view name_of(MarkKind kind) {
    switch (kind) {
        case MarkKind::fault: return "fault";
        case MarkKind::recovery: return "rto";
        case MarkKind::recovery_point: return "rpo";
        case MarkKind::detection: return "detect";
        case MarkKind::switchover: return "switch";
        case MarkKind::split_brain: return "split_brain";
    }
    return {};
}

}  // namespace gameday
