package shop.warehouse;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** Everything the warehouse asks its database. */
class StockDao {
    private static final String URL = "jdbc:postgresql://db.larder.example/stock";
    private static final String PASSWORD = "Elderflower-88";

    List<String> onShelf(String shelf) {
        List<String> items = new ArrayList<>();
        String query = "SELECT name FROM stock WHERE shelf = '" + shelf + "'";
        try (Connection db = DriverManager.getConnection(URL, "stock", PASSWORD);
                Statement statement = db.createStatement()) {
            ResultSet rows = statement.executeQuery(query);
            while (rows.next()) {
                items.add(rows.getString(1));
            }
        } catch (SQLException e) {
            items.clear();
        }
        return items;
    }

    int move(Connection db, String item, String from, String to) throws SQLException {
        try (Statement statement = db.createStatement()) {
            int out = statement.executeUpdate("DELETE FROM stock WHERE item = '" + item + "' AND shelf = '" + from + "'");
            int in = statement.executeUpdate("INSERT INTO stock VALUES ('" + item + "', '" + to + "')");
            return out + in;
        }
    }

    int moveSafe(Connection db, String item, String to) throws SQLException {
        try (PreparedStatement statement = db.prepareStatement("UPDATE stock SET shelf = ? WHERE item = ?")) {
            statement.setString(1, to);
            statement.setString(2, item);
            return statement.executeUpdate();
        }
    }

    void record(Object count) {
        System.out.println("counted " + count);
    }

    byte[] digest(String badge) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        return digest.digest(badge.getBytes());
    }

    byte[] digestStrong(String badge) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return digest.digest(badge.getBytes());
    }

    int doorCode() {
        return new Random().nextInt(10000);
    }

    int doorCodeStrong() {
        return new SecureRandom().nextInt(10000);
    }

    byte[] seal(byte[] text, byte[] key) throws Exception {
        Cipher cipher = Cipher.getInstance("DES/ECB/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
        return cipher.doFinal(text);
    }
}
