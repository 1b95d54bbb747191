#include "reporters/html/style.hpp"

namespace gameday::reporters {

namespace {

constexpr std::string_view css = R"css(
:root{color-scheme:light dark;
--page:#fbfaf8;--card:#fff;--ink:#1c1b19;--soft:#5b5852;--rule:#e0ddd6;--faint:#f1efea;
--met:#14663a;--missed:#b3261e;--doubt:#7a5200;
--write:#17607d;--read:#86bccf;--bad:#c0342b;--p50:#17607d;--p99:#a8480c;--fault:#6d5a12;
--fault-fill:#d9b93a;--rto:#6a3fa0;--rpo:#0a6b5b;--mark:#5b5852}
@media (prefers-color-scheme:dark){:root{
--page:#161513;--card:#1e1d1a;--ink:#eeebe4;--soft:#b0aba1;--rule:#37342f;--faint:#26241f;
--met:#6fd09a;--missed:#ff8b80;--doubt:#eebd5a;
--write:#35829f;--read:#93c6d9;--bad:#ff7468;--p50:#6fbbd6;--p99:#f0a062;--fault:#e2cb74;
--fault-fill:#b89a2a;--rto:#c3a4f0;--rpo:#5fd0ba;--mark:#b0aba1}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:24px 20px 48px}
h1,h2,h3,p,ul,dl,figure{margin:0}
h1{font-size:1.5rem;line-height:1.25;font-weight:650}
h2{font-size:1.15rem;font-weight:650;margin:40px 0 12px}
h3{font-size:1rem;font-weight:650;margin:24px 0 6px}
.eyebrow{color:var(--soft);font-size:.9rem;margin-bottom:2px}
.hypothesis{color:var(--soft);margin-top:6px;max-width:46em}
.scaled{margin-top:16px;padding:10px 14px;border:2px solid var(--doubt);border-radius:8px;
font-weight:600}
.verdict{margin:20px 0 0;padding:22px 28px 26px;border-radius:10px;color:#fff;background:#7a5200;
-webkit-print-color-adjust:exact;print-color-adjust:exact}
.verdict.passed{background:#14663a}
.verdict.failed,.verdict.dirty{background:#a3231b}
.verdict.aborted,.verdict.refused{background:#4a4a4a}
.verdict .word{font-size:clamp(3.2rem,13vw,7.5rem);line-height:1;font-weight:800;
letter-spacing:-.01em;overflow-wrap:normal}
.verdict .word.long{font-size:clamp(2.1rem,9.6vw,6.4rem)}
.verdict .headline{font-size:1.2rem;line-height:1.4;margin-top:14px;max-width:44em;font-weight:500}
.reasons{margin-top:14px;padding-left:1.2em;color:var(--ink)}
.tiles{display:flex;flex-wrap:wrap;gap:1px;
margin-top:20px;background:var(--rule);border:1px solid var(--rule);border-radius:10px;
overflow:hidden}
.tile{flex:1 1 140px;background:var(--card);padding:12px}
.tile .name{color:var(--soft);font-size:.82rem;line-height:1.3}
.tile .figure{font-size:1.15rem;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.35}
table{width:100%;border-collapse:collapse;background:var(--card);font-size:.93rem;
border:1px solid var(--rule)}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border-bottom:1px solid var(--rule)}
th{white-space:nowrap;color:var(--soft);font-weight:600;font-size:.82rem;background:var(--faint)}
tr:last-child td{border-bottom:0}
td.number{white-space:nowrap;font-variant-numeric:tabular-nums}
td.name{font-weight:600;min-width:11em}
small,.small{font-size:.85rem;color:var(--soft);font-weight:400}
.grade{font-weight:650;white-space:nowrap}
span.met{color:var(--met)}span.missed{color:var(--missed)}span.inconclusive{color:var(--doubt)}
.fixed{table-layout:fixed}
.fixed th:nth-child(1){width:22%}.fixed th:nth-child(2){width:19%}.fixed th:nth-child(3){width:17%}
.definition{color:var(--soft);font-size:.87rem;line-height:1.45;margin-bottom:8px;max-width:62em}
.figures{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.87rem}
.figures span{white-space:nowrap}
.figures b{font-weight:400;color:var(--soft)}
.plain{padding-left:1.2em}.plain li{margin:4px 0}
dl{display:grid;grid-template-columns:minmax(9em,14em) 1fr;gap:6px 20px;font-size:.93rem}
dt{color:var(--soft)}dd{margin:0}
.hash{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.82rem}
.scroll{overflow-x:auto}
figure{background:var(--card);border:1px solid var(--rule);border-radius:10px;
padding:14px 14px 10px}
figcaption{color:var(--soft);font-size:.87rem;margin-top:8px}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums}
svg.narrow{display:none}
svg text{fill:var(--soft);stroke:var(--card);stroke-width:3;paint-order:stroke;
stroke-linejoin:round}
svg .title{fill:var(--ink);font-weight:600}
svg .grid{stroke:var(--rule);stroke-width:1;fill:none}
svg .frame{stroke:var(--soft);stroke-width:1;fill:none}
svg .write{fill:var(--write)}svg .read{fill:var(--read)}svg .bad{fill:var(--bad)}
svg .slash{stroke:var(--card);stroke-width:2}
svg .share{fill:var(--read);fill-opacity:.45}
svg .share-line{fill:none;stroke:var(--write);stroke-width:1.5}
svg .minimum{stroke:var(--missed);stroke-width:1;stroke-dasharray:2 3}
svg .p50,svg .p99{fill:none;stroke:var(--p50);stroke-width:2;stroke-linecap:round}
svg .p99{stroke:var(--p99);stroke-dasharray:6 4}
svg .shade{fill:var(--fault-fill);fill-opacity:.16}
svg .fault{fill:var(--fault-fill);fill-opacity:.55;stroke:var(--fault)}
svg .span{fill:none;stroke:var(--mark);stroke-width:3}
svg .instant{stroke:var(--mark);stroke-width:1;stroke-dasharray:4 3}
svg .fault-edge{stroke:var(--fault)}
svg .rto{stroke:var(--rto)}svg .rpo{stroke:var(--rpo)}svg .split_brain{stroke:var(--bad)}
svg text.rto{fill:var(--rto);stroke:var(--card);font-weight:650}
svg text.rpo{fill:var(--rpo);stroke:var(--card);font-weight:650}
svg text.split_brain{fill:var(--missed);stroke:var(--card);font-weight:650}
svg text.fault{fill:var(--ink);fill-opacity:1;stroke:none;font-weight:600}
svg .region0{fill:#0b5cad}svg .region1{fill:#a85200}svg .region2{fill:#00735a}
svg .region3{fill:#93397a}svg .region4{fill:#626200}svg .region5{fill:#4c4c92}
svg text.inside{fill:#fff;stroke:none;font-weight:600}
footer{margin-top:40px;padding-top:14px;border-top:1px solid var(--rule)}
@media (max-width:640px){
main{padding:14px 12px 32px}
.verdict{padding:16px 16px 20px;border-radius:8px}
.verdict .headline{font-size:1.05rem}
.tile{padding:9px 12px}
svg.wide{display:none}svg.narrow{display:block}
figure{padding:10px 6px 8px}
figcaption{padding:0 6px}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block;width:100%}
table.cards thead{display:none}
table.cards tr{border-bottom:1px solid var(--rule);padding:8px 0}
table.cards tr:last-child{border-bottom:0}
table.cards td{border:0;padding:3px 12px;display:grid;grid-template-columns:6.5em 1fr;gap:8px;
white-space:normal}
table.cards td::before{content:attr(data-label);color:var(--soft);font-size:.82rem;
font-weight:400;padding-top:1px}
table.cards td.name{display:block;min-width:0}table.cards td.name::before{content:none}
table.cards td:empty{display:none}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}
}
@media print{
:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--faint:#f1efea;
--met:#14663a;--missed:#b3261e;--doubt:#7a5200;
--write:#17607d;--read:#86bccf;--bad:#c0342b;--p50:#17607d;--p99:#a8480c;--fault:#6d5a12;
--fault-fill:#d9b93a;--rto:#6a3fa0;--rpo:#0a6b5b;--mark:#444}
body{font-size:10.5pt}main{max-width:none;padding:0}
.verdict .word{font-size:64pt}.verdict .word.long{font-size:50pt}
table{font-size:9.5pt}th,td{padding:4px 8px}.tile .figure{font-size:11pt}
h2{margin:20pt 0 6pt}h2,h3{break-after:avoid}
.definition{break-after:avoid;break-inside:avoid}
tr,figure,.verdict,.tiles{break-inside:avoid}
svg,th{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@page{margin:14mm}
}
)css";

}  // namespace

std::string_view page_style() { return css; }

}  // namespace gameday::reporters
