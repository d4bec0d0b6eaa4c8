// Writes and reads one object with minio-go and its web-identity credentials, as often as asked; says as one line of
// JSON how it went. minio-go has no variable for the STS endpoint: it is given in code (AWS_ENDPOINT_URL_STS is ours).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

type said struct {
	OK      bool   `json:"ok"`
	Text    string `json:"text,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Println("usage: minio-go <bucket> <key>")
		return
	}
	text, err := use(context.Background(), os.Args[1], os.Args[2])
	answer := said{OK: err == nil, Text: text}
	if err != nil {
		answer.Code, answer.Message = codeOf(err), err.Error()
	}
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
}

func codeOf(err error) string {
	var sts credentials.ErrorResponse
	if errors.As(err, &sts) {
		return sts.STSError.Code
	}
	var s3 minio.ErrorResponse
	if errors.As(err, &s3) {
		return s3.Code
	}
	return ""
}

func provider() (*credentials.Credentials, error) {
	if os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "" {
		return credentials.NewIAM(""), nil
	}
	return credentials.NewSTSWebIdentity(os.Getenv("AWS_ENDPOINT_URL_STS"), readToken, func(i *credentials.STSWebIdentity) {
		i.RoleARN = os.Getenv("AWS_ROLE_ARN")
	})
}

// As minio-go's own IAM provider reads it: the bytes as they are.
func readToken() (*credentials.WebIdentityToken, error) {
	token, err := os.ReadFile(os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if err != nil {
		return nil, err
	}
	return &credentials.WebIdentityToken{Token: string(token)}, nil
}

func use(ctx context.Context, bucket, key string) (string, error) {
	creds, err := provider()
	if err != nil {
		return "", err
	}
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_S3"))
	if err != nil {
		return "", err
	}
	client, err := minio.New(endpoint.Host, &minio.Options{Creds: creds, Secure: endpoint.Scheme == "https", Region: os.Getenv("AWS_REGION"), MaxRetries: 1})
	if err != nil {
		return "", err
	}
	text := ""
	for i := range int(number("CLIENT_REPEAT", 1)) {
		if i > 0 {
			time.Sleep(time.Duration(number("CLIENT_PAUSE_MS", 0)) * time.Millisecond)
		}
		body := fmt.Sprintf("written by minio-go, %d", i)
		if _, err := client.PutObject(ctx, bucket, key, strings.NewReader(body), int64(len(body)), minio.PutObjectOptions{}); err != nil {
			return "", err
		}
		got, err := client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
		if err != nil {
			return "", err
		}
		read, err := io.ReadAll(got)
		if err != nil {
			return "", err
		}
		text = string(read)
	}
	return text, nil
}

func number(name string, otherwise int64) int64 {
	if value, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return value
	}
	return otherwise
}
