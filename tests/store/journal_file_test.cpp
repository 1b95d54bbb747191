#include "harness/store/journal_file.hpp"

#include "harness/store/files.hpp"
#include "harness/store/process_identity.hpp"
#include "tests/store/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <csignal>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gameday;
using namespace gameday::store;
using gameday::test::overwrite;
using gameday::test::TemporaryFolder;

namespace {

Promise promise_of(std::uint32_t id) {
    return {FaultId(id),
            "fault " + std::to_string(id),
            {{"proxy", "clear", {{"link", "a->b"}, {"share", 0.1}, {"text", "\"\n€"}}},
             {"hook", "run", {{"argv", List{"kubectl", "uncordon"}}}}}};
}

// What happened to a journal: promised (positive) or kept (negative) ids.
struct Event {
    std::uint32_t id;
    bool is_promise;
};

std::vector<Promise> replay(const std::vector<Event>& events, std::size_t count) {
    std::vector<Promise> open;
    for (std::size_t i = 0; i < count; ++i) {
        if (events[i].is_promise) {
            open.push_back(promise_of(events[i].id));
        } else {
            std::erase_if(open, [&](const auto& each) { return each.id.value == events[i].id; });
        }
    }
    return open;
}

const std::vector<Event> history{{0, true}, {1, true},  {2, true}, {1, false},
                                 {1, true}, {2, false}, {3, true}, {1, false}};

}  // namespace

TEST_CASE("promises are outstanding, newest first, until they are kept") {
    const TemporaryFolder folder;
    auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    REQUIRE(journal);
    REQUIRE((*journal)->promise(promise_of(1)));
    REQUIRE((*journal)->promise(promise_of(2)));
    REQUIRE((*journal)->outstanding().value() ==
            std::vector<Promise>{promise_of(2), promise_of(1)});
    REQUIRE((*journal)->kept(FaultId(1)));
    REQUIRE((*journal)->kept(FaultId(1)));
    REQUIRE((*journal)->outstanding().value() == std::vector<Promise>{promise_of(2)});
    journal->reset();

    const auto again = JournalFile::take_over(folder.path());
    REQUIRE(again);
    REQUIRE((*again)->outstanding().value() == std::vector<Promise>{promise_of(2)});
    REQUIRE((*again)->origin() == JournalOrigin{folder.path(), "/bin", "/home"});
}

TEST_CASE("a journal cut at any byte still holds every promise whose call had returned") {
    const TemporaryFolder folder;
    std::vector<std::size_t> lengths;  // of the file when call i had returned
    {
        const auto journal =
            JournalFile::create({folder.path(), "/bin", "/home"}).value().release();
        const std::unique_ptr<JournalFile> owner(journal);
        lengths.push_back(std::filesystem::file_size(folder / "journal"));
        for (const auto& event : history) {
            REQUIRE((event.is_promise ? journal->promise(promise_of(event.id))
                                      : journal->kept(FaultId(event.id))));
            lengths.push_back(std::filesystem::file_size(folder / "journal"));
        }
    }
    const auto whole = read_file(folder / "journal").value();
    REQUIRE(whole.size() == lengths.back());
    std::size_t returned = 0;
    for (std::size_t cut = lengths.front(); cut <= whole.size(); ++cut) {
        while (returned + 1 < lengths.size() && lengths[returned + 1] <= cut) ++returned;
        const auto contents = parse_journal(std::string_view(whole).substr(0, cut));
        REQUIRE(contents.damage.empty());
        REQUIRE(contents.open == replay(history, returned));
        REQUIRE(contents.length == lengths[returned]);
    }
}

TEST_CASE("a journal taken over after a crash at any byte goes on from its last whole line") {
    const TemporaryFolder folder;
    {
        const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
        REQUIRE((*journal)->promise(promise_of(1)));
        REQUIRE((*journal)->promise(promise_of(2)));
    }
    const auto whole = read_file(folder / "journal").value();
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        overwrite(folder / "journal", std::string_view(whole).substr(0, cut));
        const auto before = parse_journal(std::string_view(whole).substr(0, cut)).open;
        {
            const auto journal = JournalFile::take_over(folder.path());
            REQUIRE(journal);
            REQUIRE((*journal)->origin().run_dir == folder.path());
            for (const auto& promise : before) REQUIRE((*journal)->kept(promise.id));
            REQUIRE((*journal)->promise(promise_of(9)));
        }
        const auto after = parse_journal(read_file(folder / "journal").value());
        REQUIRE(after.damage.empty());
        REQUIRE(after.open == std::vector<Promise>{promise_of(9)});
    }
}

TEST_CASE("a last line that reached the disk as garbage is torn, an earlier one is damage") {
    const std::string head = "{\"journal\":\"gameday\",\"version\":1,\"run_dir\":\"/r\"}\n";
    const std::string good = "{\"promise\":4,\"name\":\"x\",\"heal\":[]}\n";
    const std::string zeros = std::string(8, '\0') + "\"heal\":[]}\n";
    REQUIRE(parse_journal(head + good + zeros).damage.empty());
    REQUIRE(parse_journal(head + good + zeros).length == head.size() + good.size());
    const auto damaged = parse_journal(head + zeros + good);
    REQUIRE(damaged.damage == std::vector<std::string>{"line 2: not a line of a journal"});
    REQUIRE(damaged.open.size() == 1);
    REQUIRE(parse_journal(head + "{\"promise\":-1,\"heal\":[]}\n").damage.size() == 1);
    REQUIRE(parse_journal("{\"journal\":\"another\"}\n" + good).damage.size() == 1);
}

TEST_CASE("a promise made twice in a journal forgets no action") {
    const auto contents = parse_journal(
        "{\"promise\":4,\"name\":\"x\",\"heal\":[{\"device\":\"a\",\"verb\":\"v\",\"args\":{}}]}\n"
        "{\"promise\":4,\"name\":\"x\",\"heal\":[{\"device\":\"b\",\"verb\":\"v\",\"args\":{}}]}"
        "\n");
    REQUIRE(contents.open ==
            std::vector<Promise>{{FaultId(4), "x", {{"b", "v", {}}, {"a", "v", {}}}}});
}

TEST_CASE("a second promise for a fault is refused while the first is open") {
    const TemporaryFolder folder;
    const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    REQUIRE((*journal)->promise(promise_of(1)));
    REQUIRE((*journal)->promise(promise_of(1)).error().code == ErrorCode::refused);
    REQUIRE((*journal)->kept(FaultId(1)));
    REQUIRE((*journal)->promise(promise_of(1)));
}

TEST_CASE("a promise that would not read back as it is is refused and leaves no trace") {
    const TemporaryFolder folder;
    const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    const auto before = read_file(folder / "journal").value();
    const Promise bad{FaultId(1), "x", {{"hook", "run", {{"path", "\xff\xfe"}}}}};
    REQUIRE((*journal)->promise(bad).error().code == ErrorCode::invalid);
    REQUIRE(read_file(folder / "journal").value() == before);
    REQUIRE((*journal)->promise(promise_of(1)));
}

TEST_CASE("a run has one journal") {
    const TemporaryFolder folder;
    const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    REQUIRE(journal);
    REQUIRE_FALSE(JournalFile::create({folder.path(), "/bin", "/home"}));
}

TEST_CASE("a journal that cannot be written says so and takes nothing more") {
    const TemporaryFolder folder;
    const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    REQUIRE((*journal)->promise(promise_of(1)));
    const auto before = read_file(folder / "journal").value();
    // A limit on the size of files is what a full disk is to the journal: the write comes short.
    struct ::rlimit old {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    struct ::rlimit tight = old;
    tight.rlim_cur = before.size() + 20;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const auto failed = (*journal)->promise(promise_of(2));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
    std::signal(SIGXFSZ, handler);
    REQUIRE(failed.error().code == ErrorCode::failed);
    REQUIRE(read_file(folder / "journal").value() == before);
    REQUIRE((*journal)->promise(promise_of(3)).error().code == ErrorCode::refused);
    REQUIRE((*journal)->kept(FaultId(1)).error().code == ErrorCode::refused);
    REQUIRE((*journal)->outstanding().value() == std::vector<Promise>{promise_of(1)});
}

TEST_CASE("the owner of a journal is alive until its process is gone, however it ends") {
    const TemporaryFolder folder;
    REQUIRE(owner_of_journal(folder.path()) == Owner::gone);
    int ready[2] = {-1, -1};
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that fails leaves nobody who waits
        const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
        const bool good = journal && (*journal)->promise(promise_of(1));
        (void)!::write(ready[1], good ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char answer = 'n';
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    CHECK(owner_of_journal(folder.path()) == Owner::alive);
    CHECK(JournalFile::take_over(folder.path()).error().code == ErrorCode::refused);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    REQUIRE(owner_of_journal(folder.path()) == Owner::dead);
    const auto journal = JournalFile::take_over(folder.path());
    REQUIRE(journal);
    REQUIRE(owner_of_journal(folder.path()) == Owner::alive);
    REQUIRE((*journal)->outstanding().value() == std::vector<Promise>{promise_of(1)});
}

TEST_CASE(
    "a child of a dead owner that has not begun its command does not keep the journal alive") {
    const TemporaryFolder folder;
    int ready[2] = {-1, -1};
    REQUIRE(::pipe(ready) == 0);
    const pid_t owner = ::fork();
    if (owner == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
        const bool good = journal && (*journal)->promise(promise_of(1));
        const pid_t forked = ::fork();  // holds what its parent holds, and never calls exec
        if (forked == 0) {
            ::alarm(60);
            for (;;) ::pause();
        }
        (void)!::write(ready[1], good ? &forked : &owner, sizeof forked);
        for (;;) ::pause();
    }
    pid_t orphan = 0;
    REQUIRE(::read(ready[0], &orphan, sizeof orphan) == sizeof orphan);
    REQUIRE(orphan > 0);
    CHECK(owner_of_journal(folder.path()) == Owner::alive);
    ::kill(owner, SIGKILL);
    // Not reaped yet: a zombie has ended all the same.
    for (int i = 0; i < 1000 && owner_of_journal(folder.path()) == Owner::alive; ++i) {
        ::usleep(1000);
    }
    CHECK(owner_of_journal(folder.path()) == Owner::dead);
    ::waitpid(owner, nullptr, 0);
    CHECK(owner_of_journal(folder.path()) == Owner::dead);
    {
        const auto journal = JournalFile::take_over(folder.path());
        CHECK(journal);
        CHECK(owner_of_journal(folder.path()) == Owner::alive);
        // Nobody takes over from who took over.
        CHECK(JournalFile::take_over(folder.path()).error().code == ErrorCode::refused);
        if (journal) {
            CHECK((*journal)->outstanding().value() == std::vector<Promise>{promise_of(1)});
            CHECK((*journal)->kept(FaultId(1)));
        }
    }
    CHECK(owner_of_journal(folder.path()) == Owner::dead);
    const auto contents = parse_journal(read_file(folder / "journal").value());
    CHECK(contents.open.empty());
    CHECK(contents.damage.empty());
    CHECK(contents.origin == JournalOrigin{folder.path(), "/bin", "/home"});
    ::kill(orphan, SIGKILL);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("a process is not the one that had its pid before") {
    auto identity = own_identity();
    REQUIRE(identity.pid == ::getpid());
    CHECK(is_living(identity) == true);
    ++identity.started;
    CHECK(is_living(identity) == false);
    identity.pid_namespace = "pid:[1]";  // a pid of another namespace means nothing here
    CHECK_FALSE(is_living(identity));
    CHECK_FALSE(is_living(ProcessIdentity{}));
}

TEST_CASE("a command started by the owner does not keep the journal's lock") {
    const TemporaryFolder folder;
    auto journal = JournalFile::create({folder.path(), "/bin", "/home"});
    int hold[2] = {-1, -1};
    REQUIRE(::pipe(hold) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(hold[0], 0);
        ::close(hold[1]);
        ::execl("/bin/cat", "cat", nullptr);  // reads until the test closes the pipe
        ::_exit(127);
    }
    ::close(hold[0]);
    journal->reset();
    // The child holds the lock until its exec has closed what we left open.
    Owner owner = Owner::alive;
    for (int i = 0; i < 1000 && owner == Owner::alive; ++i) {
        owner = owner_of_journal(folder.path());
        ::usleep(1000);
    }
    ::close(hold[1]);
    ::waitpid(child, nullptr, 0);
    REQUIRE(owner == Owner::dead);
}
