import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * One node of OpenSearch 2 or 3 or Elasticsearch 7 on loopback, for tests: home folder, HTTP port, then any settings as name=value.
 * By reflection, so that one class, compiled once, starts each of them.
 */
public final class SearchEngine {
    private static final String[] OPENSEARCH = {
        "org.opensearch.transport.Netty4", "org.opensearch.painless.Painless",
        "org.opensearch.index.reindex.Reindex", "org.opensearch.index.mapper.MapperExtras",
    };
    private static final String[] ELASTICSEARCH = {
        "org.elasticsearch.transport.Netty4", "org.elasticsearch.reindex.Reindex", "org.elasticsearch.index.mapper.MapperExtras",
    };

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        List<String> settings = new ArrayList<>(List.of(
            "path.home=" + home, "path.data=" + home.resolve("data"), "path.logs=" + home.resolve("logs"),
            "cluster.name=podlynx-tests", "node.name=one", "discovery.type=single-node",
            "network.host=127.0.0.1", "http.port=" + arguments[1], "transport.port=0",
            "http.type=netty4", "transport.type=netty4",
            "cluster.routing.allocation.disk.threshold_enabled=false", "cluster.max_shards_per_node=5000"));
        settings.addAll(List.of(arguments).subList(2, arguments.length));
        boolean opensearch = find("org.opensearch.node.Node") != null;
        Object node = opensearch ? opensearch(settings, home) : elasticsearch(settings, home);
        Method start = Class.forName(opensearch ? "org.opensearch.node.Node" : "org.elasticsearch.node.Node").getMethod("start");
        start.invoke(node);
        new CountDownLatch(1).await();
    }

    private static Object opensearch(List<String> given, Path home) throws Exception {
        Object settings = settings("org.opensearch.common.settings.Settings", given);
        Class<?> environment = Class.forName("org.opensearch.env.Environment");
        Object made = environment.getConstructor(settings.getClass(), Path.class).newInstance(settings, home.resolve("config"));
        return Class.forName("org.codelibs.opensearch.runner.node.OpenSearchRunnerNode")
            .getConstructor(environment, Collection.class).newInstance(made, modules(OPENSEARCH));
    }

    private static Object elasticsearch(List<String> given, Path home) throws Exception {
        Object settings = settings("org.elasticsearch.common.settings.Settings", given);
        Class<?> environment = Class.forName("org.elasticsearch.env.Environment");
        Object made = Class.forName("org.elasticsearch.node.InternalSettingsPreparer")
            .getMethod("prepareEnvironment", settings.getClass(), Map.class, Path.class, Supplier.class)
            .invoke(null, settings, Map.of(), home.resolve("config"), (Supplier<String>) () -> "one");
        Constructor<?> node = Class.forName("org.elasticsearch.node.Node")
            .getDeclaredConstructor(environment, Collection.class, boolean.class);
        node.setAccessible(true);
        return node.newInstance(made, modules(ELASTICSEARCH), false);
    }

    private static Object settings(String type, List<String> given) throws Exception {
        Class<?> settings = Class.forName(type);
        Object builder = settings.getMethod("builder").invoke(null);
        Method put = builder.getClass().getMethod("put", String.class, String.class);
        for (String each : given) {
            String[] pair = each.split("=", 2);
            put.invoke(builder, pair[0], pair[1]);
        }
        return builder.getClass().getMethod("build").invoke(builder);
    }

    /** OpenSearch names them ...ModulePlugin since 3, everybody ...Plugin before. */
    private static List<Class<?>> modules(String[] names) throws ClassNotFoundException {
        List<Class<?>> found = new ArrayList<>();
        for (String name : names) {
            Class<?> module = find(name + "ModulePlugin");
            found.add(module != null ? module : Class.forName(name + "Plugin"));
        }
        return found;
    }

    private static Class<?> find(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException absent) {
            return null;
        }
    }
}
