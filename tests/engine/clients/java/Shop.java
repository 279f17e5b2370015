// pgJDBC: connecting with TLS, types, prepared statements, batches, cursors, COPY, metadata, a lost race, time-outs.
// It needs to be told nothing but sslmode=verify-full and whom to trust. Cursors (setFetchSize) work inside a transaction.
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;

public class Shop {
  interface Work { void run() throws Exception; }

  static Connection connect(String... more) throws SQLException {
    Properties how = new Properties();
    how.setProperty("user", System.getenv("PGUSER"));
    how.setProperty("password", System.getenv("PGPASSWORD"));
    how.setProperty("sslmode", "verify-full");
    how.setProperty("sslrootcert", System.getenv("PGSSLROOTCERT"));
    for (int n = 0; n < more.length; n += 2) how.setProperty(more[n], more[n + 1]);
    String place = System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    return DriverManager.getConnection("jdbc:postgresql://" + place, how);
  }

  static void same(Object found, Object expected) {
    if (!java.util.Objects.equals(found, expected)) throw new AssertionError(found + " instead of " + expected);
  }

  static void refused(String state, Work work) throws Exception {
    try {
      work.run();
    } catch (SQLException error) {
      same(error.getSQLState(), state);
      return;
    }
    throw new AssertionError("not refused: " + state);
  }

  static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) { statement.execute(sql); }
  }

  static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  static void types() throws Exception {
    try (Connection connection = connect("prepareThreshold", "-1")) { // binary from the first time on
      run(connection, "CREATE TABLE everything (id uuid PRIMARY KEY, a smallint, b bigint, c double precision,"
          + " d numeric(20,5), e boolean, f text, g date, h timestamp, i timestamptz, j bytea, k jsonb, l varchar(5))");
      UUID id = UUID.fromString("12345678-1234-5678-1234-567812345678");
      LocalDateTime moment = LocalDateTime.of(2026, 11, 23, 12, 30, 15, 123456000);
      try (PreparedStatement insert = connection.prepareStatement(
          "INSERT INTO everything VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)")) {
        Object[] values = {id, (short) -32768, Long.MIN_VALUE, 1e-300, new BigDecimal("123456789.12345"), true,
            "ünïcödé ☃ 漢字", LocalDate.of(1999, 12, 31), moment, moment.atOffset(ZoneOffset.UTC),
            new byte[] {0, 1, (byte) 255}, "{\"a\": [1, null]}", null};
        for (int n = 0; n < values.length; n++) {
          if (values[n] == null) insert.setNull(n + 1, Types.VARCHAR); else insert.setObject(n + 1, values[n]);
        }
        same(insert.executeUpdate(), 1);
      }
      String query = "SELECT * FROM everything WHERE id = ? AND a = ANY(?)";
      try (PreparedStatement select = connection.prepareStatement(query)) {
        for (int times = 0; times < 7; times++) { // text first, then binary
          select.setObject(1, id);
          select.setArray(2, connection.createArrayOf("int2", new Short[] {-32768, 1}));
          try (ResultSet row = select.executeQuery()) {
            row.next();
            same(row.getObject(1, UUID.class), id);
            same(row.getShort(2), (short) -32768);
            same(row.getLong(3), Long.MIN_VALUE);
            same(row.getDouble(4), 1e-300);
            same(row.getBigDecimal(5), new BigDecimal("123456789.12345"));
            same(row.getBoolean(6), true);
            same(row.getString(7), "ünïcödé ☃ 漢字");
            same(row.getObject(8, LocalDate.class), LocalDate.of(1999, 12, 31));
            same(row.getObject(9, LocalDateTime.class), moment);
            same(row.getObject(10, OffsetDateTime.class).toInstant(), moment.toInstant(ZoneOffset.UTC));
            same(Arrays.toString(row.getBytes(11)), "[0, 1, -1]");
            same(row.getString(12), "{\"a\": [1, null]}");
            same(row.getString(13), null);
          }
        }
      }
    }
  }

  static void batches() throws Exception {
    try (Connection connection = connect("reWriteBatchedInserts", "true")) {
      run(connection, "CREATE TABLE line (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1) PRIMARY KEY, word text)");
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO line (word) VALUES (?)",
          Statement.RETURN_GENERATED_KEYS)) {
        for (int n = 0; n < 500; n++) { insert.setString(1, "word " + n); insert.addBatch(); }
        same(insert.executeBatch().length, 500);
        int keys = 0;
        try (ResultSet made = insert.getGeneratedKeys()) { while (made.next()) keys++; }
        same(keys, 500);
      }
      var copies = connection.unwrap(PGConnection.class).getCopyAPI();
      StringBuilder rows = new StringBuilder();
      for (int n = 100000; n < 102000; n++) rows.append(n).append("\tcopied\n");
      same(copies.copyIn("COPY line FROM STDIN", new StringReader(rows.toString())), 2000L);
      StringWriter out = new StringWriter();
      same(copies.copyOut("COPY (SELECT * FROM line WHERE id >= 100000 ORDER BY id) TO STDOUT", out), 2000L);
      same(out.toString(), rows.toString());
      refused("54000", () -> run(connection, "UPDATE line SET word = 'x'; INSERT INTO line (word)"
          + " SELECT 'x' FROM generate_series(1, 501)"));

      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(300);
        int seen = 0;
        try (ResultSet all = statement.executeQuery("SELECT id, word FROM line ORDER BY id")) { while (all.next()) seen++; }
        same(seen, 2500);
        statement.setMaxRows(7);
        seen = 0;
        try (ResultSet some = statement.executeQuery("SELECT id FROM line")) { while (some.next()) seen++; }
        same(seen, 7);
      }
      connection.commit();
    }
  }

  static void metadata() throws Exception {
    try (Connection connection = connect()) {
      run(connection, "CREATE TABLE author (id uuid PRIMARY KEY, name varchar(80) NOT NULL UNIQUE)");
      run(connection, "CREATE TABLE book (id int PRIMARY KEY, author_id uuid REFERENCES author, title text DEFAULT '?')");
      run(connection, "COMMENT ON TABLE book IS 'to read'");
      DatabaseMetaData about = connection.getMetaData();
      same(about.getDatabaseProductVersion(), "16.15");
      same(about.getDatabaseMajorVersion(), 16);
      same(listed(about.getTables(null, "public", "%", new String[] {"TABLE"}), "TABLE_NAME"),
          List.of("author", "book", "everything", "line"));
      same(listed(about.getColumns(null, "public", "book", "%"), "TYPE_NAME"), List.of("int4", "uuid", "text"));
      same(listed(about.getColumns(null, "public", "author", "name"), "COLUMN_SIZE"), List.of("80"));
      same(listed(about.getPrimaryKeys(null, "public", "book"), "COLUMN_NAME"), List.of("id"));
      same(listed(about.getImportedKeys(null, "public", "book"), "PKTABLE_NAME"), List.of("author"));
      same(listed(about.getExportedKeys(null, "public", "author"), "FKCOLUMN_NAME"), List.of("author_id"));
      same(listed(about.getTables(null, "public", "book", null), "REMARKS"), List.of("to read"));
      same(listed(about.getIndexInfo(null, "public", "author", true, false), "INDEX_NAME").contains("author_name_key"), true);
      same(listed(about.getSchemas(), "TABLE_SCHEM").contains("sys"), true);
      same(listed(about.getTypeInfo(), "TYPE_NAME").contains("timestamptz"), true);
      same(listed(about.getFunctions(null, "pg_catalog", "lower"), "FUNCTION_NAME").contains("lower"), true);
      try (PreparedStatement statement = connection.prepareStatement("SELECT title FROM book WHERE id = ?")) {
        same(statement.getParameterMetaData().getParameterTypeName(1), "int4");
        same(statement.getMetaData().getColumnTypeName(1), "text");
      }
    }
  }

  static List<String> listed(ResultSet rows, String column) throws SQLException {
    List<String> found = new ArrayList<>();
    try (rows) { while (rows.next()) found.add(rows.getString(column)); }
    return found;
  }

  static void transactions() throws Exception {
    try (Connection one = connect(); Connection other = connect()) {
      run(one, "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)");
      run(one, "INSERT INTO account VALUES (1, 100)");
      same(one.getTransactionIsolation(), Connection.TRANSACTION_REPEATABLE_READ);
      other.setAutoCommit(false);
      same(number(other, "SELECT balance FROM account"), 100L);
      run(one, "UPDATE account SET balance = balance - 10");
      run(other, "UPDATE account SET balance = balance - 5");
      refused("40001", other::commit);
      other.rollback();
      run(other, "UPDATE account SET balance = balance - 5");
      other.commit();
      same(number(one, "SELECT balance FROM account"), 85L);
      refused("0A000", other::setSavepoint);
      other.rollback();
      other.setReadOnly(true);
      refused("25006", () -> run(other, "UPDATE account SET balance = 0"));
      other.rollback();
      refused("0A000", () -> one.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
      refused("0A000", () -> run(one, "TRUNCATE account"));
      run(one, "SELECT 1; SELECT 2");
      same(one.isValid(5), true);
    }
  }

  static void endings() throws Exception {
    try (Connection connection = connect(); Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      refused("57014", () -> statement.execute("SELECT pg_sleep(60)"));
      same(number(connection, "SELECT 1"), 1L);
    }
    refused("0A000", () -> connect("options", "-c statement_timeout=1000").close());
    refused("08006", () -> connect("sslrootcert", "/dev/null").close());
  }

  public static void main(String[] arguments) throws Exception {
    types(); System.out.println("types");
    batches(); System.out.println("batches");
    metadata(); System.out.println("metadata");
    transactions(); System.out.println("transactions");
    endings(); System.out.println("endings");
  }
}
