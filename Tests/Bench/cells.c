// Writes the cells of a CSV file as an XLSX workbook in constant memory, as a C program would that
// uses libxlsxwriter and nothing else: what our writer is compared with.
//
// cells SALES.csv SALES.xlsx
//
// The file has twelve columns, of which the second is a moment, the third and the fifth to ninth but
// one are words, the tenth and twelfth are amounts, and the eleventh is their currency. Rows are read
// and taken apart a few thousand at a time, off the clock; what is printed at the end is the seconds of
// processor time that writing them took.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <xlsxwriter.h>

#define COLUMNS 12
#define PART 4096

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// Days since 1970-01-01 of a date of the Gregorian calendar.
static long day_number(int year, int month, int day)
{
    year -= month <= 2;
    long era = year / 400;
    long of_era = year - era * 400;
    long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static double serial(const char *text)
{
    int year, month, day, hour, minute, second;
    if (sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second) != 6) {
        fprintf(stderr, "cells: %s is no moment\n", text);
        exit(1);
    }
    double days = (double)day_number(year, month, day) + 25569;
    return (days * 86400 + hour * 3600 + minute * 60 + second) / 86400;
}

static const int is_number[COLUMNS] = {1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1};

int main(int count, char **words)
{
    if (count != 3) return 2;
    FILE *file = fopen(words[1], "r");
    if (!file) return 1;
    static char lines[PART][512];
    static char *fields[PART][COLUMNS];
    static double numbers[PART][COLUMNS];
    double seconds = -processor_seconds();
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    lxw_workbook *workbook = workbook_new_opt(words[2], &options);
    lxw_worksheet *sheet = workbook_add_worksheet(workbook, "Sales");
    lxw_format *plain = workbook_add_format(workbook);
    lxw_format *whole = workbook_add_format(workbook);
    lxw_format *moment = workbook_add_format(workbook);
    lxw_format *money = workbook_add_format(workbook);
    lxw_format *all[] = {plain, whole, moment, money};
    for (int at = 0; at < 4; at++) {
        format_set_font_name(all[at], "Arial");
        format_set_font_size(all[at], 10);
    }
    format_set_num_format(whole, "#,##0");
    format_set_num_format(moment, "yyyy-mm-dd hh:mm:ss");
    format_set_num_format(money, "#,##0.00");
    seconds += processor_seconds();
    lxw_row_t row = 0;
    for (;;) {
        int part = 0;
        while (part < PART && fgets(lines[part], sizeof lines[part], file)) {
            char *rest = lines[part];
            rest[strcspn(rest, "\r\n")] = 0;
            for (int column = 0; column < COLUMNS; column++) {
                fields[part][column] = strsep(&rest, ",");
                if (!fields[part][column]) return 1;
                if (row + (lxw_row_t)part == 0) continue;
                const char *text = fields[part][column];
                numbers[part][column] =
                    column == 1 ? serial(text) : is_number[column] ? strtod(text, NULL) : 0;
            }
            part++;
        }
        if (part == 0) break;
        seconds -= processor_seconds();
        for (int at = 0; at < part; at++, row++) {
            for (lxw_col_t column = 0; column < COLUMNS; column++) {
                const char *text = fields[at][column];
                double number = numbers[at][column];
                if (!*text) continue;
                if (row == 0 || (!is_number[column] && column != 1)) {
                    worksheet_write_string(sheet, row, column, text, plain);
                } else if (column == 1) {
                    worksheet_write_number(sheet, row, column, number, moment);
                } else {
                    worksheet_write_number(
                        sheet, row, column, number, column == 9 || column == 11 ? money : whole);
                }
            }
        }
        seconds += processor_seconds();
    }
    seconds -= processor_seconds();
    lxw_error problem = workbook_close(workbook);
    seconds += processor_seconds();
    if (problem) {
        fprintf(stderr, "cells: %s\n", lxw_strerror(problem));
        return 1;
    }
    printf("%.6f\n", seconds);
    return 0;
}
