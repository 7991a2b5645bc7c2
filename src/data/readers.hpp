// The readers: one function a file format, and the table that names them. To add a format: one file
// in src/data/formats/ and one row here. A reader knows files, shapes and classes, never the task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/parallel.hpp"
#include "data/dataset.hpp"

namespace crossbar {

struct SourceFile {
    std::string role;  // which of the reader's files this is, e.g. "train_images"
    std::string path;  // as found: NAME, packed or not, a folder, or an archive that holds it
    // Its name inside the archive, which ends in '/' for a folder; empty: `path` is the file
    // itself.
    std::string member = {};
};

// How images are chosen where the set's own files do not say it (the task's [split]). A class's
// images, sorted by name, are put in random order by address (Purpose::split, class, image): the
// first train_per_class train, the next test_per_class test. 0: all that are left. Of more classes
// than the task has, those with at least `least_per_class` images are put in random order alike.
struct Split {
    int train_per_class = 0;
    int test_per_class = 0;
    int least_per_class = 0;
};

// What a reader is asked for. It returns .train and .test, or throws an Error that names the file,
// the byte offset, what was seen and what was expected.
struct ReadRequest {
    std::vector<SourceFile> files;
    Shape shape;
    int classes = 0;
    Split split = {};
    Threads* threads = nullptr;  // decode with these; null: alone
    std::string cache = {};      // the folder that keeps decoded images; empty: none
    int label_offset = 0;        // the first class's label in the files (idx)
    bool transposed = false;     // images lie column by column (idx)
    bool skip_bad = false;       // pass over pictures that are damaged
};

// How many images the files hold, told from names, lists and headers without decoding any.
struct ImageCounts {
    std::size_t train = 0, test = 0;
    std::string lacking;     // why the task cannot train on them ("3 of 102 classes"); else empty
    std::size_t absent = 0;  // files that the set's own lists name and that are not there
};

// The file of a role; an Error when the task names no such file. path_of: where it is not in an
// archive.
const SourceFile& file_of(const ReadRequest& request, std::string_view role);
const std::string& path_of(const ReadRequest& request, std::string_view role);

bool has_role(const ReadRequest& request, std::string_view role);

ImageCounts look_image_folder(const ReadRequest& request);
TaskData read_image_folder(const ReadRequest& request);
ImageCounts look_flowers(const ReadRequest& request);
TaskData read_flowers(const ReadRequest& request);
ImageCounts look_svhn(const ReadRequest& request);
TaskData read_svhn(const ReadRequest& request);
ImageCounts look_timit(const ReadRequest& request);
TaskData read_timit(const ReadRequest& request);
ImageCounts look_idx(const ReadRequest& request);
TaskData read_idx(const ReadRequest& request);
TaskData read_idx_middle(const ReadRequest& request);
ImageCounts look_letters(const ReadRequest& request);
TaskData read_letters(const ReadRequest& request);
ImageCounts look_stl10(const ReadRequest& request);
TaskData read_stl10(const ReadRequest& request);
ImageCounts look_cifar(const ReadRequest& request);
TaskData read_cifar(const ReadRequest& request);

// `roles` are the files that a reader knows, in words; one that may be given several times has a
// '+' behind it. A task's [[file]] tables are held against it. A reader without roles has its
// images built in.
struct Reader {
    std::string_view name;
    std::string_view roles;
    ImageCounts (*look)(const ReadRequest& request);
    TaskData (*read)(const ReadRequest& request);
    bool has_pictures = false;  // each image a file of its own, which skip_bad can pass over
    bool has_names = false;     // tells the names of classes, which a task then does not say
};

inline constexpr Reader readers[] = {
    {"idx", "train_images train_labels test_images test_labels", look_idx, read_idx},
    {"idx_middle", "train_images train_labels test_images test_labels", look_idx, read_idx_middle},
    {"letters", "", look_letters, read_letters},
    {"cifar", "train+ test", look_cifar, read_cifar},
    {"stl10", "train_images train_labels test_images test_labels", look_stl10, read_stl10},
    {"image_folder", "images train_images test_images train_list test_list class_list",
     look_image_folder, read_image_folder, true, true},
    {"flowers", "images labels splits", look_flowers, read_flowers, true},
    {"svhn", "train test", look_svhn, read_svhn},
    {"timit", "audio train_audio test_audio", look_timit, read_timit, false, true},
};

struct Role {
    std::string_view name;
    bool several = false;
};
std::vector<Role> roles_of(const Reader& reader);

// The row of that name; null when there is none.
const Reader* find_reader(std::string_view name);

// The stand-in's images first, first + 1, ... of the train or test part: as many as there are
// labels. Image i depends on its index alone, so ranges can be rendered in any order and in
// parallel.
struct SyntheticPart {
    Shape shape;
    int classes = 0;
    bool test = false;
};
void render_synthetic(const SyntheticPart& part, std::size_t first, std::span<std::uint8_t> pixels,
                      std::span<std::uint16_t> labels);

}  // namespace crossbar
