import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Submits jobs with Java's own client as it comes: over plain HTTP it offers HTTP/2. Prints each status. */
class Submit {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (int size : new int[] {1, 1, 100_000, 900_000, 1}) {
            String body = "{\"type\": \"summarize\", \"input\": {\"text\": \"" + "x".repeat(size) + "\"}}";
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .header("Content-Type", "application/json")
                .header("X-Service-Token", arguments[1])
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.version());
        }
    }
}
