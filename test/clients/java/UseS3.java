import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Writes and reads one object with the AWS SDK for Java v2 and its default credential chain, as often as asked; says as
 * one line of JSON how it went. Everything else comes from the AWS_* environment.
 */
public final class UseS3 {
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2) {
      System.out.println("usage: aws-sdk-java-v2 <bucket> <key>");
      return;
    }
    try (S3Client client = S3Client.builder().forcePathStyle(true).build()) {
      String text = "";
      for (int i = 0; i < number("CLIENT_REPEAT", 1); i++) {
        if (i > 0) Thread.sleep(number("CLIENT_PAUSE_MS", 0));
        RequestBody body = RequestBody.fromString("written by aws-sdk-java-v2, " + i);
        client.putObject(put -> put.bucket(arguments[0]).key(arguments[1]), body);
        text = client.getObjectAsBytes(get -> get.bucket(arguments[0]).key(arguments[1])).asUtf8String();
      }
      System.out.println("{\"ok\":true,\"text\":" + json(text) + "}");
    } catch (RuntimeException failure) {
      String code = codeOf(failure);
      System.out.println("{\"ok\":false,\"code\":" + json(code) + ",\"message\":" + json(String.valueOf(failure.getMessage())) + "}");
    }
  }

  /** The provider chain wraps what the door said. */
  private static String codeOf(Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      if (one instanceof AwsServiceException service && service.awsErrorDetails() != null)
        return String.valueOf(service.awsErrorDetails().errorCode());
    }
    return "";
  }

  private static long number(String name, long otherwise) {
    String value = System.getenv(name);
    return value == null ? otherwise : Long.parseLong(value);
  }

  private static String json(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < 0x20) out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }
}
