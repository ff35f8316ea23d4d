// One OpenSearch node with the k-NN plugin, for tests. OpenSearch is published as a library
// in parts; this puts them together as the full program does, less its start scripts.
//
//   java -cp ... Launcher SETTING=VALUE...    the settings of opensearch.yml
//
// Ends when its standard input does, so that no node outlives the test that started it.

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.transport.Netty4ModulePlugin;

public class Launcher {

    /** A node whose plugins are found on the class path instead of in a folder. */
    private static class TestNode extends Node {
        TestNode(Environment environment, Collection<PluginInfo> plugins) {
            super(environment, plugins, true);
        }
    }

    public static void main(String[] args) throws Exception {
        Settings.Builder settings = Settings.builder();
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings.build(), Map.of(), null, () -> "node");
        new TestNode(environment, List.of(describe(Netty4ModulePlugin.class), describe(KNNPlugin.class))).start();

        while (System.in.read() != -1) {
        }
        System.exit(0);
    }

    /** What plugin-descriptor.properties says of a plugin in a full OpenSearch. */
    private static PluginInfo describe(Class<? extends Plugin> plugin) {
        String version = Version.CURRENT.toString();
        return new PluginInfo(
            plugin.getSimpleName(), "", version, Version.CURRENT, "21", plugin.getName(), null, List.of(), false);
    }
}
