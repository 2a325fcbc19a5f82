package shop.warehouse;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

/** Answers the scanners in the warehouse. */
public class StockServlet extends HttpServlet {
    private static final Path LABELS = Paths.get("/srv/labels");

    private final StockDao stock = new StockDao();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String shelf = request.getParameter("shelf");
        String label = request.getParameter("label");
        if (label != null) {
            sendLabel(label, response);
            return;
        }
        response.setContentType("text/html");
        response.getWriter().println("<h1>Shelf " + shelf + "</h1>");
        for (String item : stock.onShelf(shelf)) {
            response.getWriter().println("<li>" + escape(item) + "</li>");
        }
        response.addCookie(new Cookie("shelf", shelf));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            ObjectInputStream in = new ObjectInputStream(request.getInputStream());
            Object count = in.readObject();
            stock.record(count);
        } catch (ClassNotFoundException e) {
            response.sendError(400);
            return;
        }
        response.sendRedirect(request.getParameter("next"));
    }

    private void sendLabel(String name, HttpServletResponse response) throws IOException {
        File file = new File("/srv/labels/" + name);
        try (FileInputStream in = new FileInputStream(file)) {
            in.transferTo(response.getOutputStream());
        }
    }

    void sendLabelSafe(String name, HttpServletResponse response) throws IOException {
        Path file = LABELS.resolve(name).normalize();
        if (!file.startsWith(LABELS)) {
            response.sendError(404);
            return;
        }
        Files.copy(file, response.getOutputStream());
    }

    Document manifest(HttpServletRequest request) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        DocumentBuilder builder = factory.newDocumentBuilder();
        return builder.parse(request.getInputStream());
    }

    Document manifestSafe(HttpServletRequest request) throws Exception {
        DocumentBuilderFactory safe = DocumentBuilderFactory.newInstance();
        safe.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return safe.newDocumentBuilder().parse(request.getInputStream());
    }

    void print(String queue) throws IOException {
        Runtime.getRuntime().exec("lpr -P " + queue + " /srv/labels/next.ps");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
