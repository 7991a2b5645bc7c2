// Sizes first, then pixels and labels as they lie in memory.
#include "session/shared_images.hpp"

#include <array>

#include "base/agreement.hpp"

namespace crossbar {
namespace {

template <typename T>
void copy(std::vector<T>& values, Processes& processes) {
    std::uint64_t size = values.size();
    processes.copy_on_machine(std::as_writable_bytes(std::span(&size, 1)));
    values.resize(size);
    processes.copy_on_machine(std::as_writable_bytes(std::span(values)));
}

void copy(std::string& text, Processes& processes) {
    std::vector<char> letters(text.begin(), text.end());
    copy(letters, processes);
    text.assign(letters.begin(), letters.end());
}

void copy(Dataset& set, Processes& processes) {
    std::array<int, 4> sizes{set.shape.height, set.shape.width, set.shape.channels, set.classes};
    processes.copy_on_machine(std::as_writable_bytes(std::span(sizes)));
    set.shape = {sizes[0], sizes[1], sizes[2]};
    set.classes = sizes[3];
    copy(set.pixels, processes);
    copy(set.labels, processes);
}

}  // namespace

TaskData shared_images(Processes* processes, const std::function<TaskData()>& read) {
    if (!processes) return read();
    TaskData data;
    together(processes, [&] {
        if (processes->rank_on_machine() == 0) data = read();
    });
    copy(data.train, *processes);
    copy(data.test, *processes);
    // The rest is for who prints.
    copy(data.kind, *processes);
    copy(data.source, *processes);
    copy(data.label, *processes);
    return data;
}

}  // namespace crossbar
