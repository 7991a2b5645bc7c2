// Collects pieces, and reads .npz entries through libzip.
#include "npz_testing.hpp"

#include <zip.h>

#include <algorithm>

namespace npz_testing {

using namespace crossbar;
using namespace crossbar::sim;

namespace {

// Puts the pieces where they belong.
PutBytes gather(std::string& file) {
    return [&file](std::uint64_t at, std::string_view bytes) {
        file.resize(std::max<std::size_t>(file.size(), at + bytes.size()));
        file.replace(at, bytes.size(), bytes);
    };
}

}  // namespace

std::string npz_of(const std::vector<NpzArray>& arrays, Packing packing) {
    std::string file;
    write_npz(arrays, packing, gather(file));
    return file;
}

std::map<std::string, std::string> unzipped(const std::string& bytes) {
    std::map<std::string, std::string> entries;
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
    zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
    if (!archive) {
        zip_source_free(source);
        return entries;
    }
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
        const auto place = static_cast<zip_uint64_t>(i);
        zip_stat_t status;
        zip_file_t* file = zip_fopen_index(archive, place, 0);
        if (!file || zip_stat_index(archive, place, 0, &status) != 0) break;
        std::string content(status.size, '\0');
        if (zip_fread(file, content.data(), content.size()) ==
            static_cast<zip_int64_t>(content.size()))
            entries[status.name] = content;
        zip_fclose(file);
    }
    zip_discard(archive);
    return entries;
}

std::string export_of(const Run& experiment, Exported what) {
    std::string file;
    write_export(experiment, what, Packing::deflated, gather(file));
    return file;
}

std::map<std::string, std::string> exported_by(const Run& experiment, Exported what) {
    return unzipped(export_of(experiment, what));
}

std::string checkpoint_of(const Run& experiment) {
    std::string file;
    write_checkpoint(experiment, [&file](std::string_view piece) { file += piece; });
    return file;
}

}  // namespace npz_testing
