#include "store/store_tables.h"

#define TEXT(name)                                                                                 \
    { name, WEFT_COLUMN_TEXT }
#define INTEGER(name)                                                                              \
    { name, WEFT_COLUMN_INTEGER }
#define REAL(name)                                                                                 \
    { name, WEFT_COLUMN_REAL }
#define BOOLEAN(name)                                                                              \
    { name, WEFT_COLUMN_BOOLEAN }
#define TIME(name)                                                                                 \
    { name, WEFT_COLUMN_TIME }
#define LIST(name)                                                                                 \
    { name, WEFT_COLUMN_LIST }
#define VECTOR(name)                                                                               \
    { name, WEFT_COLUMN_VECTOR }

const weft_table weft_tables[] = {
    {"products",
     NULL,
     {TEXT("product_id"), TEXT("product_display_name"), TEXT("master_category"),
      TEXT("sub_category"), TEXT("article_type"), TEXT("base_color"), TEXT("gender"),
      TEXT("season"), TEXT("usage"), INTEGER("year"), REAL("price"), BOOLEAN("price_is_synthetic"),
      TEXT("image_path"), TEXT("image_digest"), TIME("created_at"), TIME("updated_at")}},
    {"embedding_sets",
     NULL,
     {TEXT("embedding_model"), TEXT("model"), INTEGER("embedding_dimension"), TIME("created_at")}},
    {"embeddings",
     NULL,
     {TEXT("product_id"), TEXT("embedding_model"), INTEGER("embedding_dimension"),
      TEXT("text_digest"), TEXT("image_digest"), TIME("updated_at"), VECTOR("image_embedding"),
      VECTOR("text_embedding"), VECTOR("hybrid_embedding")}},
    {"serving",
     NULL,
     {INTEGER("one"), TEXT("embedding_model"), TEXT("previous"), TIME("switched_at")}},
    {"product_attributes",
     NULL,
     {TEXT("product_id"), TEXT("attribute"), TEXT("value"), REAL("confidence")}},
    {"fashion_items_embeddings",
     NULL,
     {TEXT("item_id"),
      TEXT("image_path"),
      VECTOR("image_embedding"),
      TEXT("category"),
      {"attributes", WEFT_COLUMN_JSON},
      TIME("created_at")}},
    {"outfit_edges", NULL, {TEXT("product_a"), TEXT("product_b"), INTEGER("photos")}},
    {"outfit_edges_revision", NULL, {INTEGER("one"), INTEGER("revision")}},
    {"users", NULL, {TEXT("user_id"), TEXT("segment"), TIME("created_at")}},
    {"user_style_features",
     NULL,
     {TEXT("user_id"), VECTOR("user_embedding"), TEXT("segment"), INTEGER("num_interactions"),
      LIST("category_prefs"), LIST("color_prefs"), LIST("preferred_brands"),
      REAL("avg_price_point"), REAL("min_price"), REAL("max_price"), REAL("p25_price"),
      REAL("p75_price"), TIME("updated_at"), TEXT("embedding_model")}},
    {"transactions",
     "transaction_id",
     {INTEGER("transaction_id"), TEXT("user_id"), TEXT("product_id"), TEXT("event_type"),
      TEXT("query_id"), TIME("created_at")}},
    {"event_imports",
     NULL,
     {TEXT("digest"), BOOLEAN("is_done"), INTEGER("position"), INTEGER("row_count"),
      INTEGER("event_count"), INTEGER("step"), TEXT("reading"), TIME("updated_at")}},
    {"tokens",
     "id",
     {INTEGER("id"),
      TEXT("name"),
      TEXT("digest"),
      TIME("created_at"),
      {"revoked_at", WEFT_COLUMN_TIME_OR_EMPTY}}},
    {"merchandising_rules",
     "revision",
     {INTEGER("revision"), TEXT("rule_id"), TEXT("rule"), TEXT("actor"), TIME("created_at")}},
    {"searches",
     NULL,
     {TEXT("query_id"), TEXT("user_id"), TEXT("experiment"), TEXT("arm"), TEXT("search_type"),
      TEXT("query"), TEXT("results"), TIME("created_at")}},
    {"sources", NULL, {TEXT("name"), TEXT("url"), TEXT("spec"), TEXT("slot"), INTEGER("copy")}},
    {"source_products", NULL, {TEXT("product_id"), TEXT("source"), INTEGER("copy")}},
    {0},
};

const char *const weft_tables_left_out[] = {
    "changes",          "embedding_queue",        "schema_migrations",
    "sources.position", "sources.system",         "user_features_position",
    "product_pages",    "product_pages_revision", NULL};

size_t weft_table_column_count(const weft_table *table) {
    size_t n = 0;
    while (n < WEFT_TABLE_COLUMNS_MAX && table->columns[n].name) n++;
    return n;
}
