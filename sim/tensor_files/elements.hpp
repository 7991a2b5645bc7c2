// Numbers as files hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

enum class Element { i8, u8, i16, u16, i32, u32, i64, u64, f16, bf16, f32, f64 };

std::size_t bytes_in(Element element);
bool is_integer(Element element);

// As many as there are, little-endian unless `big_endian`.
std::vector<double> numbers_of(Element element, std::string_view bytes, bool big_endian = false);

// The product of a shape's sides. Throws Error naming `what` where it is more than any file holds.
std::size_t elements_in(const std::vector<std::size_t>& shape, const std::string& what);

}  // namespace crossbar::sim
