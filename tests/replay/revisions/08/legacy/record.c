#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

/* Fields are never quoted and never hold a semicolon. */
#define FIELDS 3

/* One line of the old stock list: name;unit;amount */
int record_parse(struct record *out, const char *line)
{
	char copy[LINE_LEN];
	char *part;

	if (line != NULL) {
		strcpy(copy,
		       line);
		part = strtok(copy, ";");
	} else {
		return -1;
	}
	if (part == NULL)
		return -1;
	strcpy(out->name, part);
	part = strtok(NULL, ";");
	if (part == NULL)
		return -1;
	strcpy(out->unit, part);
	part = strtok(NULL, ";");
	out->amount = part ? atoi(part) : 0;
	return 0;
}

void record_print(const struct record *item, const char *note)
{
	char line[64];

	sprintf(line, "%s %s", item->name, item->unit);
	printf("%-40s %8ld\n", line, item->amount);
	fputs(note, stdout);
	printf("%s\n", note);
}

int record_scan(struct record *out, FILE *in)
{
	return fscanf(in, "%s %s %ld", out->name, out->unit, &out->amount);
}
