/* postgres_database.h - databases of a test's own, on the server that WEFT_TEST_POSTGRES
 * names (tests/postgres/with.sh). */
#ifndef TESTS_CONTRACT_POSTGRES_DATABASE_H
#define TESTS_CONTRACT_POSTGRES_DATABASE_H

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs a statement in which %s is a name. */
static void postgres_run(const char *format, const char *name) {
    char sql[128];
    snprintf(sql, sizeof sql, format, name);
    PGconn *pg = PQconnectdb(getenv("WEFT_TEST_POSTGRES"));
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) fail_msg("%s", PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
}

/* Makes a new database and writes its url. */
static void postgres_make(char *url, size_t size) {
    static int made;
    const char *server = getenv("WEFT_TEST_POSTGRES");
    char name[64];
    snprintf(name, sizeof name, "weft_test_%d_%d", (int)getpid(), made++);
    postgres_run("CREATE DATABASE %s", name);
    snprintf(url, size, "%.*s/%s", (int)(strrchr(server, '/') - server), server, name);
}

static void postgres_remove(const char *url) {
    postgres_run("DROP DATABASE %s WITH (FORCE)", strrchr(url, '/') + 1);
}

#endif
