#include "CSQLTable.h"

#include <pthread.h>
#include <string.h>

typedef struct {
    sqlite3_vtab base;
    const sql_source *source;
} sql_table;

static int table_connect(sqlite3 *db, void *client, int argc, const char *const *argv,
                         sqlite3_vtab **result, char **message) {
    (void)argc;
    (void)argv;
    (void)message;
    const sql_source *source = client;
    int code = sqlite3_declare_vtab(db, source->declaration);
    if (code != SQLITE_OK) return code;
    // Nothing stored in a schema may read it; only the statement that a person wrote.
    code = sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    if (code != SQLITE_OK) return code;
    sql_table *table = sqlite3_malloc(sizeof *table);
    if (!table) return SQLITE_NOMEM;
    memset(table, 0, sizeof *table);
    table->source = source;
    *result = &table->base;
    return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *table) {
    sqlite3_free(table);
    return SQLITE_OK;
}

static int table_plan(sqlite3_vtab *table, sqlite3_index_info *info) {
    const sql_source *source = ((sql_table *)table)->source;
    return source->plan(source->table, info);
}

static int table_open(sqlite3_vtab *table, sqlite3_vtab_cursor **result) {
    sql_cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (!cursor) return SQLITE_NOMEM;
    memset(cursor, 0, sizeof *cursor);
    cursor->source = ((sql_table *)table)->source;
    cursor->plan = -1;
    int code = cursor->source->open(cursor->source->table, cursor);
    if (code != SQLITE_OK) {
        sqlite3_free(cursor);
        return code;
    }
    *result = &cursor->base;
    return SQLITE_OK;
}

static int table_close(sqlite3_vtab_cursor *base) {
    sql_cursor *cursor = (sql_cursor *)base;
    cursor->source->close(cursor);
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int64_t first_at_least(const int64_t *keys, int64_t count, int64_t key) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Places the cursor on the rows with a key. Text is compared as the number that it spells, as
// SQLite compares it with a column of integers.
static void look_up(sql_cursor *cursor, sqlite3_value *value) {
    cursor->position = cursor->count = 0;
    int64_t key;
    switch (sqlite3_value_numeric_type(value)) {
        case SQLITE_INTEGER: key = sqlite3_value_int64(value); break;
        case SQLITE_FLOAT: {
            double number = sqlite3_value_double(value);
            if (!(number > -9.2e18 && number < 9.2e18)) return;
            key = (int64_t)number;
            if ((double)key != number) return;
            break;
        }
        default: return;
    }
    if (key == INT64_MIN) return;
    int64_t first = first_at_least(cursor->keys, cursor->keyCount, key);
    int64_t end = first;
    while (end < cursor->keyCount && cursor->keys[end] == key) end++;
    cursor->position = first;
    cursor->count = end;
}

static int table_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int count,
                        sqlite3_value **values) {
    (void)text;
    sql_cursor *cursor = (sql_cursor *)base;
    if (!cursor->keys || cursor->plan != plan) {
        cursor->keys = NULL;
        cursor->rowids = NULL;
        cursor->selection = NULL;
        cursor->position = cursor->count = 0;
        int code = cursor->source->filter(cursor, plan, count, values);
        if (code != SQLITE_OK) return code;
        cursor->plan = plan;
        if (!cursor->keys) return cursor->source->refill(cursor);
    }
    look_up(cursor, values[0]);
    return SQLITE_OK;
}

static int table_next(sqlite3_vtab_cursor *base) {
    sql_cursor *cursor = (sql_cursor *)base;
    if (++cursor->position < cursor->count) return SQLITE_OK;
    if (cursor->keys) return SQLITE_OK;
    return cursor->source->refill(cursor);
}

static int table_eof(sqlite3_vtab_cursor *base) {
    sql_cursor *cursor = (sql_cursor *)base;
    return cursor->position >= cursor->count;
}

static inline int64_t present_row(const sql_cursor *cursor) {
    return cursor->selection ? cursor->selection[cursor->position] : cursor->position;
}

static int table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
    sql_cursor *cursor = (sql_cursor *)base;
    int64_t row = present_row(cursor);
    *rowid = cursor->rowids ? cursor->rowids[row] : cursor->firstRow + row;
    return SQLITE_OK;
}

// Writes a day and answers how long it is. Civil from days, after Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms". A year beyond 9999 begins with +, as ISO 8601 has it, so that it does
// not sort among the others.
static int write_day(int64_t day, char *text, int room) {
    int64_t shifted = day + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t dayOfEra = shifted - era * 146097;
    int64_t yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int64_t shiftedMonth = (5 * dayOfYear + 2) / 153;
    int dayOfMonth = (int)(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
    int month = (int)(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9);
    int64_t year = yearOfEra + era * 400 + (month <= 2);
    const char *sign = year < 0 ? "-" : year > 9999 ? "+" : "";
    sqlite3_snprintf(room, text, "%s%04lld-%02d-%02d", sign,
                     (long long)(year < 0 ? -year : year), month, dayOfMonth);
    return (int)strlen(text);
}

// The texts of the days from 1970 to 2099, so that SQLite need not copy them.
enum { usual_days = 47482, day_length = 10 };
static char usual_day[usual_days * day_length + 1];
static pthread_once_t usual_days_written = PTHREAD_ONCE_INIT;

static void write_usual_days(void) {
    for (int day = 0; day < usual_days; day++)
        // The NUL after each is overwritten by the next.
        (void)write_day(day, usual_day + day * day_length, day_length + 1);
}

static int table_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number) {
    sql_cursor *cursor = (sql_cursor *)base;
    if (number >= cursor->columnCount) return SQLITE_OK;
    const sql_column *column = &cursor->columns[number];
    int64_t row = present_row(cursor);
    switch (column->kind) {
        case sql_number: {
            int64_t value = column->numbers[row];
            if (value != INT64_MIN) sqlite3_result_int64(context, value);
            break;
        }
        case sql_word: {
            int64_t code = column->numbers[row];
            if (code < 0 || code >= column->texts || column->lengths[code] < 0) break;
            sqlite3_result_text(context, column->bytes + column->offsets[code],
                                column->lengths[code], SQLITE_STATIC);
            break;
        }
        case sql_text: {
            if (column->lengths[row] < 0) break;
            sqlite3_result_text(context, column->bytes + column->offsets[row],
                                column->lengths[row],
                                column->lasts ? SQLITE_STATIC : SQLITE_TRANSIENT);
            break;
        }
        case sql_day: {
            int64_t day = column->numbers[row];
            if (day == INT64_MIN) break;
            if (day >= 0 && day < usual_days) {
                sqlite3_result_text(context, usual_day + day * day_length, day_length,
                                    SQLITE_STATIC);
            } else {
                char text[32];
                int length = write_day(day, text, sizeof text);
                sqlite3_result_text(context, text, length, SQLITE_TRANSIENT);
            }
            break;
        }
        default: break;
    }
    return SQLITE_OK;
}

// Without xCreate a table exists by its name alone; without xUpdate it cannot be written.
static const sqlite3_module table_module = {
    .iVersion = 1,
    .xConnect = table_connect,
    .xBestIndex = table_plan,
    .xDisconnect = table_disconnect,
    .xOpen = table_open,
    .xClose = table_close,
    .xFilter = table_filter,
    .xNext = table_next,
    .xEof = table_eof,
    .xColumn = table_column,
    .xRowid = table_rowid,
};

int sql_table_register(sqlite3 *db, const char *name, const sql_source *source) {
    pthread_once(&usual_days_written, write_usual_days);
    return sqlite3_create_module_v2(db, name, &table_module, (void *)source, NULL);
}
