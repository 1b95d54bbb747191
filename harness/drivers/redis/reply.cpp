#include "harness/drivers/redis/reply.hpp"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <algorithm>
#include <new>
#include <utility>

namespace gameday::drivers {
namespace {

using Type = RedisReply::Type;

// What hiredis calls while it reads. It wants an object of each, and only asks whether there is
// one.
RedisReply& building(const redisReadTask* task) {
    return *static_cast<RedisReply*>(task->privdata);
}

void* make_text(const redisReadTask* task, char* text, std::size_t size) {
    // hiredis takes it for granted that a counted text ends where its length says.
    if (text[size] != '\r' || text[size + 1] != '\n') return nullptr;
    RedisReply& reply = building(task);
    const Type type = task->type == REDIS_REPLY_ERROR ? Type::error : Type::text;
    reply.items.push_back({type, 0, reply.bytes.size(), size});
    reply.bytes.append(text, size);
    return &reply;
}

void* make_list(const redisReadTask* task, int size) {
    RedisReply& reply = building(task);
    reply.items.push_back({Type::list, 0, 0, static_cast<std::size_t>(size)});
    return &reply;
}

void* make_integer(const redisReadTask* task, long long value) {
    RedisReply& reply = building(task);
    reply.items.push_back({Type::integer, value, 0, 0});
    return &reply;
}

void* make_nil(const redisReadTask* task) {
    RedisReply& reply = building(task);
    reply.items.push_back({});
    return &reply;
}

void free_nothing(void*) {}

redisReplyObjectFunctions makers{make_text, make_list, make_integer, make_nil, free_nothing};

}  // namespace

std::string_view RedisReply::text(std::size_t item) const {
    if (item >= items.size()) return {};
    const Item& found = items[item];
    if (found.type != Type::text && found.type != Type::error) return {};
    return std::string_view(bytes).substr(found.begin, found.size);
}

bool RedisReply::holds(Type type) const {
    return std::any_of(items.begin(), items.end(),
                       [type](const Item& item) { return item.type == type; });
}

void RedisReply::clear() {
    items.clear();
    bytes.clear();
}

RedisReader::RedisReader() : reader_(redisReaderCreateWithFunctions(&makers)) {
    if (reader_ == nullptr) throw std::bad_alloc();
    reader_->privdata = &building_;
}

RedisReader::~RedisReader() { redisReaderFree(reader_); }

void RedisReader::put(std::string_view bytes) {
    redisReaderFeed(reader_, bytes.data(), bytes.size());  // next() tells of an error
    since_ += bytes.size();
}

RedisReader::State RedisReader::next(RedisReply& reply) {
    void* made = nullptr;
    if (redisReaderGetReply(reader_, &made) != REDIS_OK) return State::wrong;
    if (made == nullptr) return since_ > reply_max ? State::wrong : State::more;
    std::swap(reply, building_);
    building_.clear();
    since_ = reader_->len - reader_->pos;
    return State::whole;
}

bool RedisReader::is_empty() const { return reader_->len == reader_->pos; }

std::string RedisReader::problem() const {
    switch (reader_->err) {
        case 0: return fmt::format("an answer of more than {} bytes", reply_max);
        case REDIS_ERR_OOM: return "a text does not end where its length says";
        default: return static_cast<const char*>(reader_->errstr);
    }
}

}  // namespace gameday::drivers
