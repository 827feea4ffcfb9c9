// What Node's allocator of array buffers takes from the system, whatever any profiler says. Preloaded into Node, it
// interposes the allocation functions of libc, and logs each call that comes from one of the functions whose
// address ranges are in TRUTH_RANGES ("start-end,…", hexadecimal, as linked), and who frees the block.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CALLERS 14
#define MOST_RANGES 256
#define MOST_ENTRIES 2000000ul
// A power of two, far more than blocks live at a time.
#define TABLE 1048576ul

struct entry {
  uint64_t size;
  // Those that freed it: V8's sweeper, if it had become an array buffer. All 0: it was never freed.
  uint64_t freed_by[CALLERS];
};

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static struct entry *entries;
static atomic_ulong count;
static uintptr_t base, ranges[MOST_RANGES][2];
static int range_count;

// Which entry a live block has: open addressing, 1 where a block was removed.
static struct {
  uint64_t pointer;
  unsigned long entry;
} table[TABLE];
static atomic_flag table_lock = ATOMIC_FLAG_INIT;
static char path[512];
static __thread int inside;

// `dlsym` allocates before there is anything to allocate with.
static char early[65536];
static size_t early_used;

static void *early_alloc(size_t size) {
  void *block = early + early_used;
  early_used += (size + 15) & ~15ul;
  return early_used <= sizeof early ? block : NULL;
}

static int is_early(void *block) {
  return (char *)block >= early && (char *)block < early + sizeof early;
}

static int first_object(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size, (void)data;
  base = info->dlpi_addr;
  return 1;
}

static int is_wanted(uintptr_t caller) {
  uintptr_t linked = caller - base;
  for (int i = 0; i < range_count; i++)
    if (linked >= ranges[i][0] && linked < ranges[i][1]) return 1;
  return 0;
}

static unsigned long place_of(uint64_t pointer) {
  return ((pointer >> 4) * 0x9E3779B97F4A7C15ull) >> 44 & (TABLE - 1);
}

static void keep(uint64_t pointer, unsigned long entry) {
  while (atomic_flag_test_and_set(&table_lock));
  for (unsigned long i = 0; i < TABLE; i++) {
    unsigned long at = (place_of(pointer) + i) & (TABLE - 1);
    if (table[at].pointer > 1) continue;
    table[at].pointer = pointer;
    table[at].entry = entry;
    break;
  }
  atomic_flag_clear(&table_lock);
}

static struct entry *take_out(uint64_t pointer) {
  struct entry *found = NULL;
  while (atomic_flag_test_and_set(&table_lock));
  for (unsigned long i = 0; i < TABLE; i++) {
    unsigned long at = (place_of(pointer) + i) & (TABLE - 1);
    if (table[at].pointer == 0) break;
    if (table[at].pointer != pointer) continue;
    table[at].pointer = 1;
    found = &entries[table[at].entry];
    break;
  }
  atomic_flag_clear(&table_lock);
  return found;
}

static void log_call(void *block, size_t size, void *caller) {
  if (!entries || !block || inside || !is_wanted((uintptr_t)caller)) return;
  unsigned long at = atomic_fetch_add(&count, 1);
  if (at >= MOST_ENTRIES) return;
  entries[at].size = size;
  keep((uintptr_t)block, at);
}

static void log_free(void *block) {
  if (!entries || !block || inside) return;
  struct entry *entry = take_out((uintptr_t)block);
  if (!entry) return;
  inside = 1;
  void *frames[CALLERS] = {0};
  backtrace(frames, CALLERS);
  for (int i = 0; i < CALLERS; i++)
    entry->freed_by[i] = frames[i] ? (uintptr_t)frames[i] - base : 0;
  inside = 0;
}

__attribute__((constructor)) static void start(void) {
  next_malloc = dlsym(RTLD_NEXT, "malloc");
  next_calloc = dlsym(RTLD_NEXT, "calloc");
  next_realloc = dlsym(RTLD_NEXT, "realloc");
  const char *prefix = getenv("TRUTH_PREFIX"), *text = getenv("TRUTH_RANGES");
  if (!prefix || !text) return;
  dl_iterate_phdr(first_object, NULL);
  for (; *text && range_count < MOST_RANGES; range_count++) {
    char *end;
    ranges[range_count][0] = strtoull(text, &end, 16);
    ranges[range_count][1] = strtoull(end + 1, &end, 16);
    text = *end == ',' ? end + 1 : end;
  }
  snprintf(path, sizeof path, "%s.%d", prefix, getpid());
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ftruncate(file, MOST_ENTRIES * sizeof(struct entry))) return;
  void *warm[4];
  backtrace(warm, 4);
  void *map = mmap(NULL, MOST_ENTRIES * sizeof(struct entry), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (map != MAP_FAILED) entries = map;
}

__attribute__((destructor)) static void stop(void) {
  if (!entries) return;
  entries = NULL;
  unsigned long logged = count < MOST_ENTRIES ? count : MOST_ENTRIES;
  if (truncate(path, logged * sizeof(struct entry))) return;
}

void *malloc(size_t size) {
  if (!next_malloc) return early_alloc(size);
  void *block = next_malloc(size);
  log_call(block, size, __builtin_return_address(0));
  return block;
}

void *calloc(size_t number, size_t size) {
  if (!next_calloc) return early_alloc(number * size);
  void *block = next_calloc(number, size);
  log_call(block, number * size, __builtin_return_address(0));
  return block;
}

void *realloc(void *old, size_t size) {
  if (is_early(old)) {
    void *block = malloc(size);
    if (block) memcpy(block, old, size);
    return block;
  }
  if (!next_realloc) return early_alloc(size);
  log_free(old);
  void *block = next_realloc(old, size);
  log_call(block, size, __builtin_return_address(0));
  return block;
}

void free(void *block) {
  static void (*next_free)(void *);
  if (is_early(block)) return;
  if (!next_free) next_free = dlsym(RTLD_NEXT, "free");
  log_free(block);
  next_free(block);
}
