package spec

import (
	"fmt"
	"strings"
)

// bodyFile is the name that samples give to a body that is no text.
const bodyFile = "body.bin"

func (c call) curl() string {
	method := "-X " + shellWord(c.method) + " "
	switch {
	case c.method == "HEAD":
		method = "--head " // with -X HEAD curl waits for a body
	case c.method == "GET" && c.payload() == "" && !c.file:
		method = ""
	}
	parts := []string{"curl " + method + shell(c.url), `-H "Authorization: Bearer $` + c.token + `"`}
	for _, h := range c.headers {
		parts = append(parts, "-H "+shell(h[0]+": "+h[1]))
	}
	switch {
	case c.file:
		parts = append(parts, "--data-binary @"+bodyFile)
	case c.payload() != "":
		parts = append(parts, "--data "+shell(c.payload()))
	}
	return strings.Join(parts, " \\\n  ")
}

// shellWord leaves the usual methods bare.
func shellWord(s string) string {
	if strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return s
	}
	return shell(s)
}

func (c call) golang() string {
	imports, reader, open := []string{"fmt", "io", "log", "net/http", "os"}, "nil", ""
	switch {
	case c.file:
		reader = "body"
		open = lines("\tbody, err := os.Open("+goText(bodyFile)+")", "\tif err != nil {", "\t\tlog.Fatal(err)", "\t}")
	case c.payload() != "":
		imports, reader = append(imports, "strings"), "body"
		open = "\tbody := strings.NewReader(" + goText(c.payload()) + ")"
	}
	var headers []string
	for _, h := range c.headers {
		headers = append(headers, fmt.Sprintf("\treq.Header.Set(%s, %s)", goText(h[0]), goText(h[1])))
	}
	return lines("package main", "\nimport (", "\t\""+strings.Join(imports, "\"\n\t\"")+"\"", ")", "\nfunc main() {", open,
		fmt.Sprintf("\treq, err := http.NewRequest(%s, %s, %s)", goText(c.method), goText(c.url), reader),
		"\tif err != nil {", "\t\tlog.Fatal(err)", "\t}",
		`	req.Header.Set("Authorization", "Bearer "+os.Getenv("`+c.token+`"))`, strings.Join(headers, "\n"),
		"\tresp, err := http.DefaultClient.Do(req)", "\tif err != nil {", "\t\tlog.Fatal(err)", "\t}", "\tdefer resp.Body.Close()",
		"\tanswer, err := io.ReadAll(resp.Body)", "\tif err != nil {", "\t\tlog.Fatal(err)", "\t}",
		"\tfmt.Println(resp.Status, string(answer))", "}")
}

func (c call) python() string {
	headers := []string{`        "Authorization": "Bearer " + os.environ["` + c.token + `"],`}
	for _, h := range c.headers {
		headers = append(headers, fmt.Sprintf("        %s: %s,", quote(h[0]), quote(h[1])))
	}
	data := ""
	switch {
	case c.file:
		data = `    data=open("` + bodyFile + `", "rb").read(),`
	case c.body != nil:
		data = "    data=json.dumps(" + c.body.pretty(pythonWords, "    ") + ").encode(),"
	case c.form != "":
		data = "    data=" + quote(c.form) + ".encode(),"
	}
	imports := "import os\nimport urllib.request"
	if c.body != nil {
		imports = "import json\n" + imports
	}
	return lines(imports, "\nrequest = urllib.request.Request(", "    "+quote(c.url)+",", "    method="+quote(c.method)+",",
		"    headers={", strings.Join(headers, "\n"), "    },", data, ")",
		"with urllib.request.urlopen(request) as response:", "    print(response.status, response.read().decode())")
}

func (c call) javascript() string {
	headers := []string{"    Authorization: `Bearer ${process.env." + c.token + "}`,"}
	for _, h := range c.headers {
		headers = append(headers, fmt.Sprintf("    %s: %s,", quote(h[0]), quote(h[1])))
	}
	body, imports := "", ""
	switch {
	case c.file:
		imports = `import { readFile } from "node:fs/promises";` + "\n"
		body = `  body: await readFile("` + bodyFile + `"),`
	case c.body != nil:
		body = "  body: JSON.stringify(" + c.body.pretty(jsonWords, "  ") + "),"
	case c.form != "":
		body = "  body: " + quote(c.form) + ","
	}
	return lines(imports, "const response = await fetch("+quote(c.url)+", {", "  method: "+quote(c.method)+",",
		"  headers: {", strings.Join(headers, "\n"), "  },", body, "});", "console.log(response.status, await response.text());")
}

func (c call) java() string {
	publisher := "HttpRequest.BodyPublishers.noBody()"
	imports := "import java.net.URI;\nimport java.net.http.HttpClient;\nimport java.net.http.HttpRequest;\nimport java.net.http.HttpResponse;"
	switch {
	case c.file:
		imports += "\nimport java.nio.file.Path;"
		publisher = `HttpRequest.BodyPublishers.ofFile(Path.of("` + bodyFile + `"))`
	case c.payload() != "":
		publisher = "HttpRequest.BodyPublishers.ofString(" + javaText(c.payload()) + ")"
	}
	headers := []string{`                .header("Authorization", "Bearer " + System.getenv("` + c.token + `"))`}
	for _, h := range c.headers {
		headers = append(headers, fmt.Sprintf("                .header(%s, %s)", quote(h[0]), quote(h[1])))
	}
	return lines(imports, "\npublic class Example {", "    public static void main(String[] args) throws Exception {",
		"        HttpRequest request = HttpRequest.newBuilder(URI.create("+quote(c.url)+"))", strings.Join(headers, "\n"),
		"                .method("+quote(c.method)+", "+publisher+")", "                .build();",
		"        HttpResponse<String> response = HttpClient.newHttpClient()",
		"                .send(request, HttpResponse.BodyHandlers.ofString());",
		`        System.out.println(response.statusCode() + " " + response.body());`, "    }", "}")
}

// javaText joins one literal a line, which every version of Java reads.
func javaText(s string) string {
	all := strings.SplitAfter(s, "\n")
	for i, line := range all {
		all[i] = quote(line)
	}
	return strings.Join(all, "\n                        + ")
}

func (c call) csharp() string {
	content := ""
	media := "application/json"
	var headers []string
	for _, h := range c.headers {
		if h[0] == "Content-Type" {
			media = h[1]
			continue
		}
		headers = append(headers, fmt.Sprintf("request.Headers.TryAddWithoutValidation(%s, %s);", quote(h[0]), quote(h[1])))
	}
	switch {
	case c.file:
		content = `request.Content = new ByteArrayContent(await System.IO.File.ReadAllBytesAsync("` + bodyFile + `"));`
	case c.payload() != "":
		content = "request.Content = new StringContent(" + javaText(c.payload()) + ");"
	}
	if content != "" {
		content += "\nrequest.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(" + quote(media) + ");"
	}
	return lines("using System;", "using System.Net.Http;", "using System.Net.Http.Headers;", "\nusing var client = new HttpClient();",
		"using var request = new HttpRequestMessage(new HttpMethod("+quote(c.method)+"), "+quote(c.url)+");",
		`request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("`+c.token+`"));`,
		strings.Join(headers, "\n"), content, "using var response = await client.SendAsync(request);",
		`Console.WriteLine($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");`)
}
