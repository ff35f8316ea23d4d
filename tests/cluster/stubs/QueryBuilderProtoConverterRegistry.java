// Named by the k-NN plugin, published nowhere, and of use to OpenSearch's gRPC interface
// alone, which the test cluster has not: an empty one lets the plugin load.
package org.opensearch.transport.grpc.spi;

public interface QueryBuilderProtoConverterRegistry {
}
