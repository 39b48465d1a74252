using System.Text.Json;
using Crm.Startup;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.Startup;

/// <summary>The log for programs: whole, one object a line, and without people's details.</summary>
public sealed class JsonLogTests
{
    [Fact]
    public void An_entry_is_one_line_of_json_without_addresses_and_numbers()
    {
        var entry = new LogEntry<string>(LogLevel.Warning, "Crm.Messaging.OutboxDelivery", default,
            "Message 0197 is NotTaken: 550 5.1.1 <anjali.nair@mail.example>: unknown\n(+91 98470 12345, 9847012345)",
            new InvalidOperationException("to binu@mail.example"), (state, _) => state);
        using var text = new StringWriter();

        new JsonLog().Write(entry, null, text);

        var line = Assert.Single(text.ToString().TrimEnd().Split('\n'));
        using var json = JsonDocument.Parse(line);
        Assert.Equal("Message 0197 is NotTaken: 550 5.1.1 <[email]>: unknown\n([number], [number])",
            json.RootElement.GetProperty("message").GetString());
        Assert.Equal(("warning", "Crm.Messaging.OutboxDelivery"),
            (json.RootElement.GetProperty("level").GetString(), json.RootElement.GetProperty("from").GetString()));
        Assert.Contains("[email]", json.RootElement.GetProperty("exception").GetString());
    }

    [Theory]
    [InlineData("2026-11-28 01:30 UTC")]
    [InlineData("0197a3b2-1111-7222-8333-123456789012")]
    [InlineData("127.0.0.1:5432")]
    [InlineData("Applied migrations/0001-initial.sql")]
    public void What_is_nobodys_is_left(string text) => Assert.Equal(text, Crm.Institute.LogText.Masked(text));
}
