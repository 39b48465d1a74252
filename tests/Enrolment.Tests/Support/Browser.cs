using System.Net;
using System.Net.Http.Headers;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace Crm.Tests;

/// <summary>A page as a person without JavaScript sees it.</summary>
public sealed record WebPage(HttpStatusCode Status, string Path, string Text, IDocument Html, HttpResponseHeaders Headers)
{
    public IElement One(string selector) => Assert.Single(Html.QuerySelectorAll(selector));

    public IReadOnlyList<string> Texts(string selector) => [.. Html.QuerySelectorAll(selector).Select(e => e.TextContent.Trim())];

    /// <summary>What stands beside a field as its error, or null.</summary>
    public string? ErrorOf(string field) => Html.QuerySelector($".field:has([name='{field}']) .error")?.TextContent;
}

/// <summary>Follows links and sends forms, keeping cookies and hidden fields, as a browser does.</summary>
public sealed class Browser : IDisposable
{
    private readonly CookieContainer _cookies;
    private readonly HttpClient _client;
    private WebPage? _page;

    /// <param name="address">Of the installation, where it is not the tests' own.</param>
    public Browser(HttpMessageHandler server, Browser? before = null, string address = "http://localhost")
    {
        _cookies = before?._cookies ?? new CookieContainer();
        _client = new HttpClient(new Cookies(server, _cookies)) { BaseAddress = new Uri(address) };
    }

    public WebPage Page => _page ?? throw new InvalidOperationException("No page is open yet.");

    /// <param name="referrer">The page whose link was followed.</param>
    public Task<WebPage> GetAsync(string path, bool htmx = false, string? referrer = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (referrer is not null) request.Headers.TryAddWithoutValidation("Referer", referrer);
        return SendAsync(request, htmx);
    }

    /// <summary>Sends a request as it is, such as one that says which part of a page is wanted, and opens what comes.</summary>
    public Task<WebPage> AskAsync(HttpRequestMessage request, bool htmx = true) => SendAsync(request, htmx);

    /// <summary>Sends a request whose answer goes on for as long as it is read.</summary>
    public Task<HttpResponseMessage> ListenAsync(HttpRequestMessage request, CancellationToken cancel) =>
        _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);

    public Task<HttpResponseMessage> DownloadAsync(string path) => _client.GetAsync(path);

    /// <summary>Sends a request as it is, with the cookies, and follows nothing.</summary>
    public Task<HttpResponseMessage> SendRawAsync(HttpRequestMessage request) => _client.SendAsync(request);

    /// <summary>Sends a form of the open page with what the page put into it, over which <paramref name="typed"/> was typed.</summary>
    public Task<WebPage> SubmitAsync(string selector, Dictionary<string, string>? typed = null, bool htmx = false)
    {
        var form = (IHtmlFormElement)Page.One(selector);
        var values = new Dictionary<string, string>();
        foreach (var element in form.Elements)
        {
            var name = element.GetAttribute("name");
            if (string.IsNullOrEmpty(name)) continue;
            switch (element)
            {
                case IHtmlInputElement { Type: "checkbox" or "radio" } box:
                    if (box.IsChecked) values[name] = box.Value;
                    break;
                case IHtmlInputElement input: values[name] = input.Value; break;
                case IHtmlTextAreaElement area: values[name] = area.Value; break;
                case IHtmlSelectElement select: values[name] = select.Value ?? ""; break;
            }
        }
        foreach (var (name, value) in typed ?? []) values[name] = value;
        if (!string.Equals(form.GetAttribute("method"), "post", StringComparison.OrdinalIgnoreCase))
            return GetAsync(form.GetAttribute("action") + "?" + new FormUrlEncodedContent(values).ReadAsStringAsync().Result, htmx);
        return PostAsync(form.GetAttribute("action")!, values, htmx);
    }

    /// <summary>Sends a form of the open page with a file chosen in it.</summary>
    public Task<WebPage> UploadAsync(string selector, string field, string fileName, byte[] bytes)
    {
        var form = (IHtmlFormElement)Page.One(selector);
        var content = new MultipartFormDataContent();
        foreach (var input in form.Elements.OfType<IHtmlInputElement>().Where(i => i is { Name: not null, Type: not "file" }))
            content.Add(new StringContent(input.Value), input.Name!);
        content.Add(new ByteArrayContent(bytes), field, fileName);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, form.GetAttribute("action")) { Content = content }, htmx: false);
    }

    /// <summary>Posts exactly these values, with no token but one given.</summary>
    public Task<WebPage> PostAsync(string path, Dictionary<string, string> values, bool htmx = false) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(values) }, htmx);

    /// <summary>The same browser, with its cookies and the page that it has open, before another server.</summary>
    public Browser Before(HttpMessageHandler other) => new(other, this) { _page = _page };

    /// <summary>Loses a cookie, as one that ran out.</summary>
    public void Forget(string cookie)
    {
        foreach (Cookie one in _cookies.GetAllCookies()) if (one.Name == cookie) one.Expired = true;
    }

    /// <summary>The same with fields that come more than once, such as boxes that are ticked together.</summary>
    public Task<WebPage> PostAllAsync(string path, IEnumerable<(string Name, string Value)> values) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(values.Select(v => KeyValuePair.Create(v.Name, v.Value))),
        }, htmx: false);

    public void Dispose() => _client.Dispose();

    private async Task<WebPage> SendAsync(HttpRequestMessage request, bool htmx)
    {
        if (htmx) request.Headers.Add("HX-Request", "true");
        var response = await _client.SendAsync(request);
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync();
        for (var hops = 0; IsSentOn(response) && hops < 5; hops++)
            response = response.StatusCode is HttpStatusCode.TemporaryRedirect
                ? await _client.PostAsync(response.Headers.Location, new StringContent(body!, request.Content!.Headers.ContentType!))
                : await _client.GetAsync(response.Headers.Location);
        var text = await response.Content.ReadAsStringAsync();
        // Rows alone are none without a table around them.
        var whole = text.TrimStart().StartsWith("<tr", StringComparison.Ordinal) ? $"<table>{text}</table>" : text;
        var html = await BrowsingContext.New(Configuration.Default).OpenAsync(r => r.Content(whole));
        return _page = new WebPage(response.StatusCode, response.RequestMessage!.RequestUri!.PathAndQuery, text, html, response.Headers);
    }

    private static bool IsSentOn(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect;

    private sealed class Cookies(HttpMessageHandler server, CookieContainer jar) : DelegatingHandler(server)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            if (jar.GetCookieHeader(request.RequestUri!) is { Length: > 0 } cookies) request.Headers.Add("Cookie", cookies);
            var response = await base.SendAsync(request, cancel);
            if (response.Headers.TryGetValues("Set-Cookie", out var set))
                foreach (var cookie in set) jar.SetCookies(request.RequestUri!, cookie);
            return response;
        }
    }
}
