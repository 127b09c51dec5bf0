#include "CSQLTable.h"

#include <string.h>

int sql_harden(sqlite3 *db) {
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        // "text" in double quotes is a name and never a text: a slip must not become a constant.
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
    };
    for (size_t index = 0; index < sizeof options / sizeof options[0]; index++) {
        int code = sqlite3_db_config(db, options[index].option, options[index].value, NULL);
        if (code != SQLITE_OK) return code;
    }
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 4 << 20},       {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 1000},          {SQLITE_LIMIT_EXPR_DEPTH, 200},
        {SQLITE_LIMIT_COMPOUND_SELECT, 50},   {SQLITE_LIMIT_VDBE_OP, 100000},
        {SQLITE_LIMIT_FUNCTION_ARG, 32},      {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000}, {SQLITE_LIMIT_VARIABLE_NUMBER, 100},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},      {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (size_t index = 0; index < sizeof limits / sizeof limits[0]; index++)
        sqlite3_limit(db, limits[index].limit, limits[index].value);
    return SQLITE_OK;
}

void sql_result_text(sqlite3_context *context, const char *text, int length) {
    sqlite3_result_text(context, text, length, SQLITE_TRANSIENT);
}

int sql_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

int sql_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    // NULL would be no value rather than no bytes.
    return sqlite3_bind_blob(statement, index, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}

// money_sum(amount, currency): the sum of amounts, NULL without any. Amounts of two currencies, and
// an amount without one, are errors: the sum would be no amount of anything.

typedef struct {
    int isAny;
    int length;
    char currency[12];
    __int128 sum;
} money_sum;

static void money_step(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    if (sqlite3_value_type(values[0]) != SQLITE_INTEGER) {
        sqlite3_result_error(context, "money_sum takes amounts in minor units", -1);
        return;
    }
    const char *currency = (const char *)sqlite3_value_text(values[1]);
    int length = sqlite3_value_bytes(values[1]);
    money_sum *state = sqlite3_aggregate_context(context, sizeof *state);
    if (!state) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!currency || length == 0 || length >= (int)sizeof state->currency) {
        sqlite3_result_error(context, "money_sum met an amount without a currency", -1);
        return;
    }
    if (!state->isAny) {
        state->isAny = 1;
        state->length = length;
        memcpy(state->currency, currency, (size_t)length);
    } else if (length != state->length || memcmp(currency, state->currency, (size_t)length)) {
        char text[160];
        sqlite3_snprintf(sizeof text, text,
                         "money_sum cannot add %.*s and %.*s: group by the currency column",
                         state->length, state->currency, length, currency);
        sqlite3_result_error(context, text, -1);
        return;
    }
    state->sum += sqlite3_value_int64(values[0]);
}

static void money_end(sqlite3_context *context) {
    money_sum *state = sqlite3_aggregate_context(context, 0);
    if (!state || !state->isAny) return;
    if (state->sum > INT64_MAX || state->sum < -(__int128)INT64_MAX)
        sqlite3_result_error(context, "the sum is beyond 64 bits", -1);
    else
        sqlite3_result_int64(context, (int64_t)state->sum);
}

// decimal(number, scale): 12345 with scale 2 is '123.45'. Exact, because it only sets the point.
static void decimal(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    if (sqlite3_value_type(values[0]) != SQLITE_INTEGER) {
        sqlite3_result_error(context, "decimal takes a whole number and its scale", -1);
        return;
    }
    int64_t number = sqlite3_value_int64(values[0]);
    int64_t scale = sqlite3_value_int64(values[1]);
    if (scale < 0 || scale > 18) {
        sqlite3_result_error(context, "the scale of decimal lies between 0 and 18", -1);
        return;
    }
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    uint64_t unit = 1;
    for (int64_t digit = 0; digit < scale; digit++) unit *= 10;
    char text[48];
    if (scale == 0)
        sqlite3_snprintf(sizeof text, text, "%s%llu", number < 0 ? "-" : "",
                         (unsigned long long)magnitude);
    else
        sqlite3_snprintf(sizeof text, text, "%s%llu.%0*llu", number < 0 ? "-" : "",
                         (unsigned long long)(magnitude / unit), (int)scale,
                         (unsigned long long)(magnitude % unit));
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

int sql_add_functions(sqlite3 *db) {
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int code = sqlite3_create_function_v2(db, "money_sum", 2, flags, NULL, NULL, money_step,
                                          money_end, NULL);
    if (code != SQLITE_OK) return code;
    return sqlite3_create_function_v2(db, "decimal", 2, flags, NULL, decimal, NULL, NULL, NULL);
}
