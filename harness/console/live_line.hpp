// What a person sees while a run lasts: one live line on a terminal, or plain timestamped lines.
#pragma once

#include "harness/ports/clock.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace gameday::console {

// One line of at most `width` columns:
// "00:12/00:31 [#####.......]  faults  298 op/s  ok 43.2 %  DOWN 1.5 s  p99 512 ms  ! us-east".
// The bar gives way first when the line is too narrow, then whole figures from the end.
std::string live_line(const Progress::Status& status, std::size_t width);

// Progress on a terminal: the live line is redrawn in place, events scroll above it.
std::unique_ptr<Progress> terminal_progress(std::FILE* out);

// Progress without a terminal: events as "[+12.3 s] text", and a status line every 5 s.
std::unique_ptr<Progress> plain_progress(std::FILE* out);

// terminal_progress when `out` is a terminal that can redraw, else plain_progress.
std::unique_ptr<Progress> progress_for(std::FILE* out);

}  // namespace gameday::console
