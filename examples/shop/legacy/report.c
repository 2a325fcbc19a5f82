#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "record.h"

#define TITLE "Stock report"

/* Bounded everywhere: nothing here to find but what a word search finds. */
int report_title(char *out, size_t size)
{
	int used = snprintf(out, size, "%s", TITLE);

	return used < 0 || (size_t)used >= size ? -1 : 0;
}

void report_copy(char out[NAME_LEN], const struct record *item)
{
	size_t length = strlen(item->name);

	if (length >= NAME_LEN)
		length = NAME_LEN - 1;
	memcpy(out, item->name, length);
	out[length] = '\0';
}

void report_join(char *out, const char *left, const char *right)
{
	strncpy(out, left, NAME_LEN);
	strncat(out, right, NAME_LEN);
}

void report_error(const char *message)
{
	syslog(LOG_ERR, message);
	syslog(LOG_ERR, "%s", message);
}
