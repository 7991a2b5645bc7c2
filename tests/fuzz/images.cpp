// Sets of images and sounds, through the readers that tasks name.
#include "fuzz/fuzz.hpp"
#include "mat_testing.hpp"
#include "sound_testing.hpp"

namespace crossbar::fuzz {
namespace {

using namespace testing;

template <ImageCounts (*look)(const ReadRequest&), TaskData (*read)(const ReadRequest&)>
void read_images(const Set& set) {
    attempt(set.folder.path, [&] { look(set.request); });
    attempt(set.folder.path, [&] { check_sound(read(set.request)); });
}

AnySet idx_files() {
    const Bytes images = words({2051, 3, 4, 3}, 36), labels = words({2049, 3}, 3);
    return set_of({{"images", {images, packed(images)}}, {"labels", {labels, packed_xz(labels)}}},
                  {{{"train_images", "images"},
                    {"train_labels", "labels"},
                    {"test_images", "images"},
                    {"test_labels", "labels"}},
                   {4, 3, 1},
                   10});
}

// Of other types and dimensions: floats, and labels in QMNIST's columns.
AnySet idx_numbers() {
    Bytes floats = words({0x00000d03, 3, 4, 3}, 0), columns = words({0x00000c02, 3, 8}, 0);
    for (std::uint32_t i = 0; i < 36; ++i)
        floats = joined({floats, words({i == 0 ? 0 : 0x3e000000 + 0x40000 * i}, 0)});
    for (std::uint32_t i = 0; i < 24; ++i)
        columns = joined({columns, words({1 + i % 10}, 0)});
    return set_of(
        {{"images", {floats, words({0x00000804, 3, 4, 3, 1}, 36), words({0x802, 3, 12}, 36)}},
         {"labels", {columns, joined({words({2049, 3}, 0), {1, 2, 3}})}}},
        {{{"train_images", "images"},
          {"train_labels", "labels"},
          {"test_images", "images"},
          {"test_labels", "labels"}},
         {3, 4, 1},
         10,
         {},
         nullptr,
         {},
         1,
         true});
}

AnySet cifar_files() {
    const Bytes records = words({}, 2 * 3073);
    const Bytes tar = joined({tar_member("a/one", records), Bytes(1024)});
    return set_of({{"records", {records, packed(records)}}, {"all.tar", {tar, packed_xz(tar)}}},
                  {{{"train", "records"}, {"train", "all.tar", "a/one"}, {"test", "records"}},
                   {32, 32, 3},
                   10});
}

AnySet stl10_files() {
    return set_of(
        {{"X", {words({}, 4 * 3 * 3 * 2)}}, {"y", {{1, 2}, packed({1, 2})}}},
        {{{"train_images", "X"}, {"train_labels", "y"}, {"test_images", "X"}, {"test_labels", "y"}},
         {4, 3, 3},
         10});
}

// Plain and packed.
std::vector<Bytes> mat_files(const std::vector<MatVariable>& variables) {
    const TestFolder folder;
    std::vector<Bytes> files;
    for (const bool packed : {false, true})
        files.push_back(read_whole(write_mat(folder.file("a.mat"), variables, packed)));
    return files;
}

AnySet svhn_files() {
    const Bytes x = words({}, 72), y = {1, 10};
    return set_of(
        {{"a.mat", mat_files({bytes_variable("X", {4, 3, 3, 2}, x), bytes_variable("y", {2}, y)})}},
        {{{"train", "a.mat"}, {"test", "a.mat"}}, {4, 3, 3}, 10});
}

const Bytes& small_jpeg() {
    static const Bytes bytes =
        encode_jpeg({4, 4}, [](int y, int x, int c) { return 9 * y * x + c; });
    return bytes;
}

AnySet flowers_files() {
    const Bytes labels = {1, 2, 1, 2}, first = {1, 2}, second = {3};
    const std::vector<double> third = {4};
    std::vector<Bytes> splits =
        mat_files({bytes_variable("trnid", {1, 2}, first), bytes_variable("valid", {1, 1}, second),
                   doubles("tstid", third)});
    for (const Bytes& more :
         mat_files({bytes_variable("trn1", {2, 1}, first), bytes_variable("val1", {1, 1}, second),
                    doubles("tst1", third)}))
        splits.push_back(more);
    std::vector<File> files = {
        {"labels.mat", mat_files({bytes_variable("labels", {1, 4}, labels)})},
        {"splits.mat", splits}};
    for (int i = 1; i <= 4; ++i)
        files.push_back({fmt::format("jpg/image_{:04}.jpg", i), {small_jpeg()}});
    return set_of(
        std::move(files),
        {{{"images", "jpg"}, {"labels", "labels.mat"}, {"splits", "splits.mat"}}, {3, 3, 3}, 2});
}

AnySet folder_files() {
    return set_of({{"train.txt",
                    {bytes_of("a/1.jpg\nb/2.jpg\n\na/none.jpg\r\n"),
                     bytes_of("\xef\xbb\xbf./all/A\\1.JPG 0\r\n\"all/b/2.jpg\";1 \n")}},
                   {"test.txt", {bytes_of("b/2.jpg\n")}},
                   {"all/a/1.jpg", {small_jpeg()}},
                   {"all/b/2.jpg", {small_jpeg()}}},
                  {{{"images", "all"}, {"train_list", "train.txt"}, {"test_list", "test.txt"}},
                   {3, 3, 1},
                   2});
}

AnySet class_list_files() {
    return set_of({{"names.txt", {bytes_of("1 # a\n20 # b\n1 # a\n20 # b\n")}},
                   {"all/1.jpg", {small_jpeg()}},
                   {"all/2.jpg", {small_jpeg()}},
                   {"all/3.jpg", {small_jpeg()}}},
                  {{{"images", "all"}, {"class_list", "names.txt"}}, {3, 3, 3}, 2, {1, 1, 0}});
}

AnySet timit_files() {
    std::string labels;
    std::size_t at = 0;
    for (const std::string& phone : phone_names()) {
        labels += fmt::format("{} {} {}\n", at, at + 8, phone);
        at += 8;
    }
    const Samples samples = tone(at, 700, 4000);
    return set_of({{"a.phn", {bytes_of(labels)}},
                   {"a.wav", {riff(samples), sphere(samples, true)}},
                   {"b.phn", {bytes_of(labels)}},
                   {"b.wav", {riff(samples)}}},
                  {{{"audio", ""}}, {1, 1, 1845}, 61, {1, 1, 0}});
}

constexpr Row rows[] = {
    {"idx", idx_files, read_images<look_idx, read_idx>},
    {"idx_numbers", idx_numbers, read_images<look_idx, read_idx>},
    {"idx_middle", idx_files, read_images<look_idx, read_idx_middle>},
    {"cifar", cifar_files, read_images<look_cifar, read_cifar>, mend_tar},
    {"stl10", stl10_files, read_images<look_stl10, read_stl10>},
    {"svhn", svhn_files, read_images<look_svhn, read_svhn>, pack_elements},
    {"flowers", flowers_files, read_images<look_flowers, read_flowers>, pack_elements},
    {"image_folder", folder_files, read_images<look_image_folder, read_image_folder>},
    {"class_list", class_list_files, read_images<look_image_folder, read_image_folder>},
    {"timit", timit_files, read_images<look_timit, read_timit>},
};

}  // namespace

std::span<const Row> image_rows() {
    return rows;
}

}  // namespace crossbar::fuzz
