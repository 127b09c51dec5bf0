// What every cell of an SQL query passes through: the hot half of SQLite's virtual tables.
//
// SQLite asks for one cell at a time. A Swift closure per cell costs more than reading a row of a
// plain table does, so rows move in batches: Swift fills columns of a batch (numbers, or texts with
// their offsets), and the functions here hand out its cells until the batch is used up.
//
// Invariants of a cursor: rows `position ..< count` of the present batch are still to come;
// `selection`, when there is one, holds the row number within the batch of each of them; every
// column that the statement uses has a kind other than `sql_absent`. A missing number is INT64_MIN.

#ifndef CSQLTABLE_H
#define CSQLTABLE_H

#include <sqlite3.h>
#include <stdint.h>

/// What a column of a batch holds.
enum {
    /// Nothing: the statement does not use it.
    sql_absent = 0,
    /// 64-bit numbers.
    sql_number = 1,
    /// Codes of texts that live as long as the connection.
    sql_word = 2,
    /// One text per row of the batch.
    sql_text = 3,
    /// Days since 1970-01-01, shown as YYYY-MM-DD.
    sql_day = 4,
};

/// One column of a batch.
typedef struct {
    int kind;
    /// Whether the texts of `sql_text` live as long as the statement, and so need no copy.
    int lasts;
    /// The numbers, codes or days.
    const int64_t *numbers;
    /// UTF-8 of all texts.
    const char *bytes;
    /// Where each text begins: by code for words, by row for texts.
    const int64_t *offsets;
    /// How long each is; -1 for a missing one.
    const int32_t *lengths;
    /// How many texts `offsets` and `lengths` describe.
    int64_t texts;
} sql_column;

struct sql_source;

/// A cursor over one table. Its owner is a Swift object that fills it.
typedef struct {
    sqlite3_vtab_cursor base;
    const struct sql_source *source;
    void *owner;
    sql_column *columns;
    int columnCount;
    /// The rows of the batch that are meant; NULL for all.
    const int32_t *selection;
    int64_t position;
    int64_t count;
    /// The rowid of row 0 of the batch; others count up from it.
    int64_t firstRow;
    /// Rowids of all rows instead, for lookups.
    const int64_t *rowids;
    /// For lookups: the keys in ascending order, one per row of the one and only batch.
    const int64_t *keys;
    int64_t keyCount;
    /// The plan that the keys belong to.
    int plan;
} sql_cursor;

/// What Swift does for a table. Functions that return an int return an SQLite result code.
typedef struct sql_source {
    void *table;
    const char *declaration;
    int (*plan)(void *table, sqlite3_index_info *info);
    int (*open)(void *table, sql_cursor *cursor);
    void (*close)(sql_cursor *cursor);
    /// Begins a scan, or a lookup by setting `keys`; leaves the first batch to `refill`.
    int (*filter)(sql_cursor *cursor, int plan, int count, sqlite3_value **values);
    /// Puts the next batch in place; `count` 0 means that there is none.
    int (*refill)(sql_cursor *cursor);
} sql_source;

/// Makes a table known to a connection under a name. The source must outlive the connection.
int sql_table_register(sqlite3 *db, const char *name, const sql_source *source);

/// Switches off whatever a connection that only answers SELECT has no use for.
int sql_harden(sqlite3 *db);

/// Adds the functions that need nothing but their arguments: money_sum, decimal.
int sql_add_functions(sqlite3 *db);

/// Gives a text result of which SQLite makes a copy.
void sql_result_text(sqlite3_context *context, const char *text, int length);

/// Binds a text of which SQLite makes a copy.
int sql_bind_text(sqlite3_stmt *statement, int index, const char *text, int length);

/// Binds bytes of which SQLite makes a copy.
int sql_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, int length);

/// Registers a file system that gives its connections temporary files up to so many bytes in all.
/// The answer is to be given back with `sql_files_remove` once they are closed; NULL: no memory.
void *sql_files_register(const char *name, int64_t limit);
void sql_files_remove(void *files);

#endif
