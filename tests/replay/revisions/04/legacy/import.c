#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

#define BATCHES 100000

static int is_comment(const char *line)
{
	return line[0] == '#' || line[0] == '\n';
}

static char *scratch_name(void)
{
	char *name = tmpnam(NULL);

	return name;
}

static int batch_number(void)
{
	srand(time(NULL));
	return rand() % 100000;
}

int import_file(const char *path)
{
	char line[LINE_LEN];
	struct record item;
	FILE *in;
	int count = 0;

	if (access(path, R_OK) != 0)
		return -1;
	in = fopen(path, "r");
	if (in == NULL)
		return -1;
	while (fgets(line, sizeof line, in) != NULL) {
		if (is_comment(line))
			continue;
		if (record_parse(&item, line) == 0)
			count++;
	}
	fclose(in);
	printf("batch %d: %d records\n", batch_number(), count);
	return count;
}

int import_folder(const char *folder)
{
	char command[128];
	char backup[64];

	strcpy(backup, folder); strcat(backup, ".bak");
	sprintf(command, "cp -r %s %s", folder, backup);
	system(command);
	sprintf(command, "ls %s | wc -l", folder);
	system(command);
	chmod(backup, 0777);
	return 0;
}

static int ask(void)
{
	char answer[16];

	printf("Folder to import: ");
	gets(answer);
	return import_folder(answer);
}

int main(int argc, char **argv)
{
	char *home = getenv("STOCK_HOME");
	char where[80];

	if (home != NULL) {
		strcpy(where, home);
		import_folder(where);
	}
	if (argc < 2)
		return ask();
	fprintf(stderr, "scratch file: %s\n", scratch_name());
	return import_file(argv[1]) < 0;
}
