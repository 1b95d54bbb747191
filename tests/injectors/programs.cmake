# The test programs of injectors/, by folder, and how ctest runs them: side by side, each well below a
# minute. Included by the CMakeLists.txt above.

# What several of them use.
file(GLOB shared CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/injectors/*.cpp)
list(FILTER shared EXCLUDE REGEX "_test\\.cpp$")
add_library(gameday_injectors_support STATIC ${shared})
gameday_unity(gameday_injectors_support ${shared})
target_link_libraries(gameday_injectors_support PUBLIC gameday_catch_main gameday::faults gameday::devices gameday::proxy_server
  gameday::json OpenSSL::SSL)

# gameday_injectors_program(NAME PATTERN…): the program test_<name> of the files below injectors/ that match.
function(gameday_injectors_program name)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/injectors/ OUTPUT_VARIABLE patterns)
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  list(REMOVE_ITEM sources ${shared})
  add_executable(test_${name} ${sources})
  gameday_unity(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE gameday_injectors_support)
  target_compile_definitions(test_${name} PRIVATE GAMEDAY_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}/injectors"
    GAMEDAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()

# gameday_injectors_tests(PROGRAM NAME=FILE|FILE… …): one test for each name, of the cases in these files
# (without .cpp), and one named like the program for the cases of all other files.
function(gameday_injectors_tests name)
  set(rest "~[.]")
  foreach(part IN LISTS ARGN)
    string(REGEX MATCH "^([a-z_]+)=(.*)$" matched ${part})
    string(REPLACE "|" "],[#" files "${CMAKE_MATCH_2}")
    add_test(NAME ${CMAKE_MATCH_1} COMMAND test_${name} "-#" "[#${files}]")
    set_tests_properties(${CMAKE_MATCH_1} PROPERTIES TIMEOUT ${test_seconds})
    string(REPLACE "|" "]~[#" others "${CMAKE_MATCH_2}")
    string(APPEND rest "~[#${others}]")
  endforeach()
  add_test(NAME ${name} COMMAND test_${name} "-#" ${rest})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_seconds})
endfunction()

gameday_injectors_program(injectors_kinds *.cpp common/*.cpp)
# One program for all that needs a kernel's modules: it runs in the machine of vm/, too.
gameday_injectors_program(injectors_kernel devices/*.cpp kernel/*/*.cpp devices/firewall/*.cpp
  devices/netem/*.cpp devices/nfqueue/*.cpp)
gameday_injectors_program(injectors_proxy devices/proxy/*.cpp devices/proxy/rules/*.cpp devices/proxy/relay/*.cpp
  devices/proxy/net/*.cpp devices/proxy/record/*.cpp proxy_server/udp/*.cpp)
gameday_injectors_program(injectors_http devices/proxy/http/*.cpp)
gameday_injectors_program(injectors_tls devices/proxy/tls/*.cpp)
gameday_injectors_program(injectors_proxy_server proxy_server/api/*.cpp proxy_server/cli/*.cpp proxy_server/lines/*.cpp
  proxy_server/toxics/*.cpp)

gameday_injectors_tests(injectors_kinds)
gameday_injectors_tests(injectors_kernel
  "injectors_firewall=firewall_device_test|firewall_kill_test|firewall_target_test"
  "injectors_nfqueue=nfqueue_device_test|nfqueue_death_test|nfqueue_neighbours_test"
  "injectors_nfqueue_kill=nfqueue_kill_test")
gameday_injectors_tests(injectors_proxy "injectors_proxy_packets=black_hole_test|socket_filter_test"
  "injectors_proxy_shaping=shaping_test")
gameday_injectors_tests(injectors_http)
gameday_injectors_tests(injectors_tls)
gameday_injectors_tests(injectors_proxy_server "injectors_proxy_server_readers=stalled_readers_test")

# Filters on sockets, without privileges: in a user and network namespace, where they work all the
# same, and in a user namespace alone, where black holes fall back to holding.
find_program(unshare_program unshare REQUIRED)
function(gameday_packets_test name flags setup program cases)
  add_test(NAME ${name} COMMAND ${unshare_program} ${flags}
    sh -c "${setup} exec \"$0\" \"$1\"" $<TARGET_FILE:${program}> ${cases})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_seconds})
endfunction()
set(loopback_up "ip link set lo up &&")
gameday_packets_test(injectors_packets_in_namespace -Urn ${loopback_up} test_injectors_proxy
  "socket packets*,black hole:*,storm:*")
gameday_packets_test(injectors_toxics_in_namespace -Urn ${loopback_up} test_injectors_proxy_server "own toxics*")
gameday_packets_test(injectors_packets_unprivileged -Ur "" test_injectors_proxy "black hole: without*")
gameday_packets_test(injectors_toxics_unprivileged -Ur "" test_injectors_proxy_server "own toxics: where*")
# Hundreds of megabytes in the kernel's buffers: alone.
set_tests_properties(injectors_proxy_server_readers PROPERTIES PROCESSORS 8)
# They wait most of the time: a fifth of a processor at most, as measured.
set_tests_properties(injectors_firewall injectors_nfqueue injectors_kernel injectors_proxy_packets injectors_tls
  PROPERTIES PROCESSORS 2)
# The longest begin early.
set_tests_properties(injectors_firewall injectors_nfqueue injectors_kernel injectors_kinds injectors_proxy_packets
  injectors_packets_in_namespace PROPERTIES COST 5)
