// Sixteen bytes at a time, which Swift's vectors compare one by one.
#include <stdint.h>
#include <string.h>

// The bytes of sixteen that plain text of JSON does not hold, bit 0 for the first: a quote, a backslash, a control
// character (DEL is one) or a byte that is not ASCII.
#if defined(__SSE2__)
#include <emmintrin.h>
static inline uint32_t tidemark_text_stops(const void *bytes) {
  __m128i text = _mm_loadu_si128((const __m128i *)bytes);
  __m128i quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
  __m128i backslashes = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
  // One more than 0x7F is the least signed byte, and one more than what is not ASCII is at most 0.
  __m128i controls = _mm_cmpgt_epi8(_mm_set1_epi8(0x21), _mm_add_epi8(text, _mm_set1_epi8(1)));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls));
}
#else
static inline uint32_t tidemark_text_stops(const void *bytes) {
  uint8_t text[16];
  memcpy(text, bytes, sizeof text);
  uint32_t stops = 0;
  for (int i = 0; i < 16; i++) {
    stops |= (uint32_t)(text[i] == '"' || text[i] == '\\' || text[i] < 0x20 || text[i] > 0x7E) << i;
  }
  return stops;
}
#endif
