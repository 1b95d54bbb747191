#include "harness/store/sha256.hpp"

#include "harness/base/ensure.hpp"
#include "harness/store/files.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

namespace gameday::store {

namespace {

// EVP calls fail only when memory or the digest itself is missing, so they are ensured.
class Digest {
 public:
    Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        GAMEDAY_ENSURE(context_ != nullptr);
        GAMEDAY_ENSURE(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(const char* bytes, std::size_t count) {
        GAMEDAY_ENSURE(EVP_DigestUpdate(context_.get(), bytes, count) == 1);
    }
    std::string hexadecimal() {
        std::array<unsigned char, 32> bytes{};
        unsigned int length = 0;
        GAMEDAY_ENSURE(EVP_DigestFinal_ex(context_.get(), bytes.data(), &length) == 1);
        GAMEDAY_ENSURE(length == bytes.size());
        std::string text;
        for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
        return text;
    }

 private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

std::string sha256_of_text(std::string_view text) {
    Digest digest;
    digest.add(text.data(), text.size());
    return digest.hexadecimal();
}

Result<std::string> sha256_of_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    Digest digest;
    std::array<char, 65536> piece{};
    while (true) {
        const auto got = ::read(file.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read", path);
        if (got == 0) return digest.hexadecimal();
        digest.add(piece.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace gameday::store
