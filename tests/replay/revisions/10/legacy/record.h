#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>

#define NAME_LEN 32
#define LINE_LEN 256

struct record {
	char name[NAME_LEN];
	char unit[8];
	long amount;
};

int record_parse(struct record *out, const char *line);
void record_print(const struct record *item, const char *note);
int import_file(const char *path);
int import_folder(const char *folder);

#endif
