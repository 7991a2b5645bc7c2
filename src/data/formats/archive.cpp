#include "data/formats/archive.hpp"

#include <map>
#include <vector>

#include "base/check.hpp"

namespace crossbar {
namespace {

std::string name_of(const SourceFile& file) {
    return file.member.empty() ? file.path : fmt::format("{}: {}", file.path, file.member);
}

[[noreturn]] void fail_missing(const SourceFile& file) {
    fail("{}: the archive has no member '{}'; get the original archive", file.path, file.member);
}

// Goes to the member, or fails.
Tar::Member find_member(Tar& tar, const SourceFile& file) {
    while (auto member = tar.next())
        if (member->name == file.member) return *member;
    fail_missing(file);
}

// The current member of somebody's archive.
class Current : public ByteSource {
  public:
    explicit Current(Tar& tar) : tar_(tar) {}
    std::size_t read(std::span<std::uint8_t> out) override { return tar_.read(out); }

  private:
    Tar& tar_;
};

// A member and its archive, which is read to its end (and so checks its sums) after the member.
class Own : public ByteSource {
  public:
    explicit Own(const SourceFile& file) : tar_(file.path) { find_member(tar_, file); }
    std::size_t read(std::span<std::uint8_t> out) override {
        const std::size_t got = ended_ ? 0 : tar_.read(out);
        if (got < out.size() && !ended_) {
            ended_ = true;
            while (tar_.next()) {
            }
        }
        return got;
    }

  private:
    Tar tar_;
    bool ended_ = false;
};

using Indices = std::vector<std::size_t>;

void read_archive(std::span<const SourceFile> files, const Indices& wanted, const Visit& visit) {
    std::map<std::string, std::size_t> left;  // member to index
    for (const std::size_t i : wanted)
        left.emplace(files[i].member, i);
    Tar tar(files[wanted.front()].path);
    while (const auto member = tar.next()) {
        const auto found = left.find(member->name);
        if (found == left.end()) continue;
        ByteFile bytes(name_of(files[found->second]), std::make_unique<Current>(tar));
        visit(found->second, bytes);
        left.erase(found);
    }
    if (!left.empty()) fail_missing(files[left.begin()->second]);
}

}  // namespace

ByteFile open_file(const SourceFile& file) {
    if (file.member.empty()) return ByteFile(file.path);
    return {name_of(file), std::make_unique<Own>(file)};
}

std::uint64_t size_of(const SourceFile& file) {
    if (file.member.empty()) return unpacked_size(file.path);
    Tar tar(file.path);
    return find_member(tar, file).size;
}

void read_files(std::span<const SourceFile> files, Threads* threads, const Visit& visit) {
    std::vector<Indices> groups;  // a file each, or the members of an archive
    std::map<std::string, std::size_t> group_of;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].member.empty()) {
            groups.push_back({i});
            continue;
        }
        const auto [place, fresh] = group_of.emplace(files[i].path, groups.size());
        if (fresh) groups.emplace_back();
        groups[place->second].push_back(i);
    }
    const auto read = [&](std::size_t first, std::size_t last, int) {
        for (std::size_t g = first; g < last; ++g) {
            const SourceFile& file = files[groups[g].front()];
            if (!file.member.empty()) {
                read_archive(files, groups[g], visit);
                continue;
            }
            ByteFile bytes(file.path);
            visit(groups[g].front(), bytes);
        }
    };
    if (threads)
        threads->share(groups.size(), 1, read);
    else
        read(0, groups.size(), 0);
}

}  // namespace crossbar
