#include "harness/app/man_page.hpp"

#include "tests/support/catch.hpp"

namespace man_page_test {

using namespace gameday;

TEST_CASE("a man page has every option, argument, example and exit code, in troff's spelling") {
    app::CommandTree tree{"x", {}, "x: does\nthings\n", "Exit codes:\n  0 fine", {}, {}, {}};
    tree.options = {{{"-h", "--help"}, "", {}, "Print this help", "", false, false}};
    app::CommandTree go{"go", {"g"}, "Go's \\ there", "", {}, {}, {}};
    go.footer = "Example:\n  x go 'a-b'\n  .y\n\nExit codes:\n  0 fine";
    go.options = {{{"-h", "--help"}, "", {}, "Print this help", "", false, false},
                  {{"-n"}, "N", {}, "How often", "3", false, false},
                  {{"--as"}, "", {"one", "two"}, "'.' or so", "", false, false}};
    go.arguments = {{{}, "FILE", {}, "From here", "", true, false},
                    {{}, "DIR", {}, "To there", "", false, true}};
    tree.commands = {go};
    CHECK(app::man_page(tree, "1.2") == R"(.TH GAMEDAY 1 "" "gameday 1.2" "User Commands"
.nh
.ad l
.SH NAME
x \- does things
.SH SYNOPSIS
.B x
\fICOMMAND\fR [\fIARGUMENT\fR]...
.SH OPTIONS
.TP
\fB\-h\fR, \fB\-\-help\fR
Print this help
.SH COMMANDS
.SS x go [OPTION]... FILE [DIR...]
Go\(aqs \e there (also g).
.TP
\fIFILE\fR
From here
.TP
\fIDIR\fR
To there
.TP
\fB\-n\fR \fIN\fR
How often; default 3
.TP
\fB\-\-as\fR \fIone|\:two\fR
\&\(aq.\(aq or so
.PP
Example:
.PP
.RS 4
.nf
x go \(aqa\-b\(aq
\&.y
.fi
.RE
.SH EXIT CODES
.nf
0 fine
.fi
)");
}

}  // namespace man_page_test
