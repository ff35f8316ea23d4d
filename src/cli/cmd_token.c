#include <stdio.h>
#include <string.h>

#include "api/token.h"
#include "base/str.h"
#include "cli/cli.h"

static const char usage[] =
    "usage: weft token create NAME | list | revoke ID\n\n"
    "Access tokens for the API. A token is needed for every write, and for every\n"
    "request once the server listens beyond loopback. It is shown once, when it is\n"
    "made; the database keeps only its SHA-256. Send it as\n"
    "  Authorization: Bearer TOKEN\n";

enum { NAME_LIMIT = 100 };

static weft_status create(weft_store *store, const char *name, weft_err *err) {
    char token[WEFT_TOKEN_SIZE];
    int64_t id;
    if (name[0] == '\0' || strlen(name) > NAME_LIMIT || !weft_str_is_utf8(weft_str_of(name)))
        return weft_fail(err, WEFT_E_INVALID, "a name has 1 to %d bytes of UTF-8", NAME_LIMIT);
    weft_status status = weft_token_create(store, name, token, &id, err);
    if (status) return status;
    fprintf(stderr, "token %lld (%s), shown only now:\n", (long long)id, name);
    puts(token);
    return WEFT_OK;
}

static weft_status list(weft_store *store, weft_err *err) {
    weft_arena arena;
    weft_store_token *tokens;
    size_t n;
    weft_arena_init(&arena, 0);
    weft_status status = weft_store_list_tokens(store, &arena, &tokens, &n, err);
    if (!status) {
        printf("%6s  %-24s  %-24s  %s\n", "id", "created", "revoked", "name");
        for (size_t i = 0; i < n; i++)
            printf("%6lld  %-24s  %-24s  %s\n", (long long)tokens[i].id, tokens[i].created_at,
                   tokens[i].revoked_at[0] ? tokens[i].revoked_at : "-", tokens[i].name);
    }
    weft_arena_deinit(&arena);
    return status;
}

static weft_status revoke(weft_store *store, const char *text, weft_err *err) {
    int64_t id;
    if (!weft_str_to_i64(weft_str_of(text), &id))
        return weft_fail(err, WEFT_E_INVALID, "'%s' is not the id of a token", text);
    weft_status status = weft_store_revoke_token(store, id, err);
    if (!status) printf("token %lld is revoked\n", (long long)id);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "";
    const char *last = argv[argc - 1];
    if (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0)
        return weft_cli_help(&weft_command_token);
    bool is_list = strcmp(verb, "list") == 0, is_create = strcmp(verb, "create") == 0;
    if (!is_list && !is_create && strcmp(verb, "revoke") != 0)
        return weft_cli_usage(&weft_command_token, "create, list or revoke?");
    if (argc != (is_list ? 2 : 3))
        return weft_cli_usage(&weft_command_token, "%s takes %s", verb,
                              is_list     ? "nothing more"
                              : is_create ? "a NAME"
                                          : "an ID");

    weft_store *store = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status)
        status = is_list     ? list(store, &err)
                 : is_create ? create(store, argv[2], &err)
                             : revoke(store, argv[2], &err);
    weft_store_close(store);
    return status ? weft_cli_fail("token", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_token = {
    .name = "token",
    .summary = "create, list and revoke access tokens",
    .usage = usage,
    .run = run,
};
