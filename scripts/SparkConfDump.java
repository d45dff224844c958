import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes what Spark's own registry of configuration entries says, for scripts/spark-conf-keys:
 *
 * <pre>
 * javac -d DIR scripts/SparkConfDump.java
 * java --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED \
 *   --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
 *   -cp "DIR:JARS/*" SparkConfDump 4.1.4 DUMPS JARS [MORE.jar...]
 * </pre>
 *
 * JARS is the jars directory of PyPI's pyspark; for Spark 3.5, whose Connect server is not in it, name that jar too
 * and put it on the class path. DUMPS gets config-4.1.4.json and config-aux-4.1.4.json.
 *
 * An entry registers itself when its object is initialised, so every class that mentions the builders is. What type a
 * key has is found out by asking its converter to read probes: "1g" as 1024 is a size in MiB.
 */
public final class SparkConfDump {
  private static final Pattern KEY = Pattern.compile("spark\\.[A-Za-z0-9_.\\-]*[A-Za-z0-9_.]");
  private static final Pattern ALLOWED = Pattern.compile("should be one of:? ?(.*?)(, but was| but was|\\.?$)");
  private static final List<String> BUILDERS =
      List.of("internal/config/ConfigBuilder", "buildConf", "buildStaticConf");

  private static final Map<String, Long> SECONDS =
      new TreeMap<>(Map.of("7d", 604800L, "1d", 86400L, "1h", 3600L, "1min", 60L, "10s", 10L, "365d", 31536000L));
  private static final Map<String, Long> BYTES =
      new TreeMap<>(Map.of("1g", 1L << 30, "64m", 64L << 20, "1m", 1L << 20, "64k", 64L << 10, "1k", 1L << 10, "100b", 100L));

  private final Set<String> literals = new TreeSet<>();
  private Method apply;

  public static void main(String[] arguments) throws Exception {
    new SparkConfDump().run(arguments[0], Path.of(arguments[1]), Arrays.asList(arguments).subList(2, arguments.length));
    System.exit(0); // Some objects start threads as they are initialised.
  }

  private void run(String version, Path target, List<String> places) throws Exception {
    List<Path> jars = new ArrayList<>();
    for (String place : places) {
      try (var found = Files.walk(Path.of(place))) {
        found.filter(path -> path.getFileName().toString().matches("spark-.*\\.jar")).sorted().forEach(jars::add);
      }
    }
    int failed = 0;
    for (Path jar : jars) {
      for (String declaring : declaring(jar)) {
        try {
          Class.forName(declaring);
        } catch (Throwable error) {
          failed++;
          System.err.println(declaring + ": " + error);
        }
      }
    }
    apply = Class.forName("scala.Function1").getMethod("apply", Object.class);
    Map<String, Object> registry = new TreeMap<>(registry());
    List<Object> entries = registry.entrySet().stream().map(this::entry).collect(Collectors.toList());
    Files.writeString(target.resolve("config-" + version + ".json"), json(entries) + "\n");
    Files.writeString(target.resolve("config-aux-" + version + ".json"), json(beside(registry.keySet())) + "\n");
    System.err.printf("%s: %d keys; %d classes could not be initialised%n", version, registry.size(), failed);
  }

  /** The classes of a jar that mention the builders; on the way, constants that look like keys are noted. */
  private List<String> declaring(Path path) throws IOException {
    List<String> found = new ArrayList<>();
    try (JarFile jar = new JarFile(path.toFile())) {
      for (JarEntry member : Collections.list(jar.entries())) {
        String name = member.getName();
        if (!name.endsWith(".class") || name.startsWith("META-INF")) {
          continue;
        }
        List<String> names = constants(jar.getInputStream(member).readAllBytes());
        boolean machinery = name.matches(".*/internal/config/(Config|TypedConfig|OptionalConfig)[A-Za-z]*(\\$.*)?\\.class");
        if (!machinery && names.stream().anyMatch(text -> BUILDERS.stream().anyMatch(text::contains))) {
          found.add(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
        }
      }
    }
    return found;
  }

  /** All texts in a class's constant pool; string constants among them that look like keys go to `literals`. */
  private List<String> constants(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    in.skipBytes(8);
    String[] texts = new String[in.readUnsignedShort()];
    List<Integer> strings = new ArrayList<>();
    for (int i = 1; i < texts.length; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 5, 6 -> { in.skipBytes(8); i++; }
        case 7, 16, 19, 20 -> in.skipBytes(2);
        case 8 -> strings.add(in.readUnsignedShort());
        case 15 -> in.skipBytes(3);
        default -> in.skipBytes(4);
      }
    }
    strings.stream().map(at -> texts[at]).filter(text -> KEY.matcher(text).matches()).forEach(literals::add);
    return Arrays.stream(texts).filter(text -> text != null).collect(Collectors.toList());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> registry() throws Exception {
    for (String holder : List.of("org.apache.spark.internal.config.ConfigEntry$", "org.apache.spark.internal.config.ConfigEntry")) {
      for (var field : Class.forName(holder).getDeclaredFields()) {
        if (field.getName().contains("knownConfigs")) {
          field.setAccessible(true);
          Object at = holder.endsWith("$") ? Class.forName(holder).getField("MODULE$").get(null) : null;
          return (Map<String, Object>) field.get(at);
        }
      }
    }
    throw new IllegalStateException("ConfigEntry has no knownConfigs any more");
  }

  private Map<String, Object> entry(Map.Entry<String, Object> registered) {
    Object entry = registered.getValue();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("key", registered.getKey());
    told.put("default", String.valueOf(call(entry, "defaultValueString")));
    // An optional entry's other converter yields options.
    Object raw = call(entry, "rawValueConverter");
    Object converter = raw == null ? call(entry, "valueConverter") : raw;
    told.putAll(type(converter, String.valueOf(told.get("default"))));
    told.put("since", String.valueOf(call(entry, "version")));
    told.put("public", call(entry, "isPublic"));
    List<Object> older = list(call(entry, "alternatives"));
    if (!older.isEmpty()) {
      told.put("alternatives", older);
    }
    return told;
  }

  /** Type, unit and allowed values, from what a converter makes of probes; its default passes every check. */
  private Map<String, Object> type(Object converter, String standard) {
    Object text = read(converter, "zzq");
    if (text instanceof String && text.toString().startsWith("!")) {
      Matcher allowed = ALLOWED.matcher(text.toString().replaceAll("\\s+", " ").replaceAll(" SQLSTATE: .*", ""));
      if (allowed.find() && allowed.group(1).contains(",")) {
        String[] values = allowed.group(1).replaceAll("[\\[\\]()'\"]|Set|Vector|List", "").split(",\\s*");
        return Map.of("type", "enum", "allowed", List.of(values));
      }
    } else {
      String found = text == null ? "" : text.getClass().getName();
      return Map.of("type", found.startsWith("scala.collection") ? "seq" : found.endsWith("Regex") ? "regex" : "string");
    }
    if (read(converter, "true") instanceof Boolean || read(converter, "false") instanceof Boolean) {
      return Map.of("type", "boolean");
    }
    Object plain = null;
    for (String probe : List.of(standard, "1", "0", "2", "10", "100", "0.5", "1000", "65536", "16777216", "-1")) {
      plain = plain instanceof Number ? plain : read(converter, probe);
    }
    if (plain instanceof Double) {
      return Map.of("type", "double"); // Java reads "1d" as a double, so this goes before times.
    }
    for (Map.Entry<String, Long> probe : SECONDS.entrySet()) {
      if (read(converter, probe.getKey()) instanceof Long found) {
        double ratio = found / (double) probe.getValue();
        String unit = ratio >= 1e9 ? "NANOSECONDS" : ratio >= 1e6 ? "MICROSECONDS" : ratio >= 1e3 ? "MILLISECONDS" : ratio >= 1 ? "SECONDS" : "MINUTES";
        return Map.of("type", "time", "unit", unit);
      }
    }
    for (Map.Entry<String, Long> probe : BYTES.entrySet()) {
      if (read(converter, probe.getKey()) instanceof Long found && found > 0) {
        long ratio = probe.getValue() / found;
        return Map.of("type", "bytes", "unit", ratio <= 1 ? "BYTE" : ratio <= 1L << 10 ? "KiB" : ratio <= 1L << 20 ? "MiB" : "GiB");
      }
    }
    if (plain instanceof Integer) {
      return Map.of("type", "int");
    } else if (plain instanceof Long) {
      return Map.of("type", "long");
    }
    return Map.of("type", "string");
  }

  /** What a converter makes of a text; a text that begins with an exclamation mark for an error. */
  private Object read(Object converter, String text) {
    try {
      return apply.invoke(converter, text);
    } catch (ReflectiveOperationException error) {
      return "!" + (error.getCause() == null ? error : error.getCause().getMessage());
    }
  }

  private static Object call(Object on, String name) {
    for (Class<?> type = on.getClass(); type != null; type = type.getSuperclass()) {
      try {
        Method method = type.getDeclaredMethod(name);
        method.setAccessible(true);
        return method.invoke(on);
      } catch (NoSuchMethodException above) {
        // Declared by a class above.
      } catch (ReflectiveOperationException error) {
        return null;
      }
    }
    return null;
  }

  /** What else is known of names: old ones, removed ones, those that are read without being registered. */
  private Map<String, Object> beside(Set<String> registered) throws Exception {
    Map<String, Object> deprecated = new TreeMap<>(), removed = new TreeMap<>(), alternatives = new TreeMap<>();
    Object sql = Class.forName("org.apache.spark.sql.internal.SQLConf$").getField("MODULE$").get(null);
    each(call(sql, "deprecatedSQLConfigs"), (key, old) -> deprecated.put(key, Map.of("since", field(old, "version"), "note", field(old, "comment"))));
    each(call(sql, "removedSQLConfigs"), (key, old) -> removed.put(key, Map.of("removedIn", field(old, "version"), "note", field(old, "comment"))));
    Object core = Class.forName("org.apache.spark.SparkConf$").getField("MODULE$").get(null);
    for (var held : core.getClass().getDeclaredFields()) {
      held.setAccessible(true);
      if (held.getName().contains("deprecatedConfigs")) {
        each(held.get(core), (key, old) -> deprecated.put(key, Map.of("since", field(old, "version"), "note", field(old, "deprecationMessage"))));
      } else if (held.getName().contains("configsWithAlternatives")) {
        each(held.get(core), (key, old) -> alternatives.put(key, list(old).stream()
            .map(one -> Map.of("key", field(one, "key"), "since", field(one, "version"))).collect(Collectors.toList())));
      }
    }
    Set<String> known = new HashSet<>(registered);
    known.addAll(deprecated.keySet());
    known.addAll(removed.keySet());
    var prefixes = literals.stream().filter(key -> key.endsWith(".")).collect(Collectors.toMap(key -> key, key -> List.of(), (a, b) -> a, TreeMap::new));
    var unregistered = literals.stream().filter(key -> !key.endsWith(".") && !known.contains(key)).map(key -> Map.of("key", key)).collect(Collectors.toList());
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("removedSqlConfigs", removed);
    told.put("deprecated", deprecated);
    told.put("alternatives", alternatives);
    told.put("prefixes", prefixes);
    told.put("unregisteredLiterals", unregistered);
    return told;
  }

  private static String field(Object of, String name) {
    return String.valueOf(call(of, name));
  }

  private interface Pair {
    void take(String key, Object value);
  }

  /** Walks a Scala map. */
  private static void each(Object map, Pair pair) {
    for (Object entry : list(map)) {
      pair.take(String.valueOf(call(entry, "_1")), call(entry, "_2"));
    }
  }

  /** A Scala collection as a list. */
  private static List<Object> list(Object collection) {
    List<Object> found = new ArrayList<>();
    try {
      Object iterator = collection.getClass().getMethod("iterator").invoke(collection);
      Class<?> type = Class.forName("scala.collection.Iterator");
      while ((Boolean) type.getMethod("hasNext").invoke(iterator)) {
        found.add(type.getMethod("next").invoke(iterator));
      }
    } catch (ReflectiveOperationException | NullPointerException error) {
      return found;
    }
    return found;
  }

  private static String json(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream().map(entry -> json(entry.getKey()) + ": " + json(entry.getValue())).collect(Collectors.joining(",", "{", "}"));
    } else if (value instanceof Collection<?> list) {
      return list.stream().map(SparkConfDump::json).collect(Collectors.joining(",\n", "[", "]"));
    } else if (value instanceof Boolean || value == null) {
      return String.valueOf(value);
    }
    StringBuilder text = new StringBuilder("\"");
    for (char c : value.toString().toCharArray()) {
      text.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
    }
    return text.append('"').toString();
  }
}
