import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/** Java's own client as it comes: it offers HTTP/2 with its first request. Prints status and body of each answer. */
public class Client {
  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    String query = "{ chain { height } }";
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest post = HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("{\"query\":\"" + query + "\"}"))
        .build();
    String asked = "?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
    HttpRequest get = HttpRequest.newBuilder(URI.create(url + asked)).build();
    HttpRequest head = HttpRequest.newBuilder(URI.create(url + asked))
        .method("HEAD", HttpRequest.BodyPublishers.noBody())
        .build();
    for (HttpRequest request : new HttpRequest[] {post, post, get, head}) {
      var answer = client.send(request, BodyHandlers.ofString());
      System.out.println(answer.statusCode() + " " + answer.body().strip());
    }
  }
}
