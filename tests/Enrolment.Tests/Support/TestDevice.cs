using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Tests;

/// <summary>A device that makes one passkey and signs with it, as browsers and security keys do together. What it says can be bent.
/// </summary>
internal sealed class TestDevice : IDisposable
{
    private const byte Present = 1, Verified = 4, WithKey = 64;
    private const int Es256 = -7, P256 = 1, EllipticKey = 2;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] CredentialId { get; init; } = RandomNumberGenerator.GetBytes(32);
    public string Origin { get; set; } = "http://localhost";
    public string Domain { get; set; } = "localhost";

    /// <summary>Whether it has asked for finger, face or PIN.</summary>
    public bool Verifies { get; set; } = true;

    /// <summary>How often it was used, as it counts.</summary>
    public uint Count { get; set; }

    /// <summary>Whose the key is, as it was told when it was made.</summary>
    public string Handle { get; set; } = "";

    /// <summary>Answers a challenge to make a key.</summary>
    public string Make(JsonElement options)
    {
        Handle = options.GetProperty("user").GetProperty("id").GetString()!;
        var attested = new CborWriter();
        attested.WriteStartMap(3);
        attested.WriteTextString("fmt");
        attested.WriteTextString("none");
        attested.WriteTextString("attStmt");
        attested.WriteStartMap(0);
        attested.WriteEndMap();
        attested.WriteTextString("authData");
        attested.WriteByteString([.. Head(WithKey), .. new byte[16], 0, (byte)CredentialId.Length, .. CredentialId, .. PublicKey()]);
        attested.WriteEndMap();
        return Answer(new
        {
            clientDataJSON = Text(ClientData("webauthn.create", options)),
            attestationObject = Text(attested.Encode()),
            transports = new[] { "internal" },
        });
    }

    /// <summary>Answers a challenge to sign in.</summary>
    public string Sign(JsonElement options)
    {
        Count++;
        var (head, said) = (Head(0), ClientData("webauthn.get", options));
        byte[] signed = [.. head, .. SHA256.HashData(said)];
        return Answer(new
        {
            clientDataJSON = Text(said),
            authenticatorData = Text(head),
            signature = Text(_key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            userHandle = Handle,
        });
    }

    public void Dispose() => _key.Dispose();

    private string Answer(object response) => JsonSerializer.Serialize(new
    {
        id = Text(CredentialId),
        rawId = Text(CredentialId),
        type = "public-key",
        clientExtensionResults = new { },
        response,
    });

    private byte[] ClientData(string type, JsonElement options) => JsonSerializer.SerializeToUtf8Bytes(
        new { type, challenge = options.GetProperty("challenge").GetString(), origin = Origin, crossOrigin = false });

    private byte[] Head(byte flags)
    {
        var count = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(count, Count);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(Domain)), (byte)(flags | Present | (Verifies ? Verified : 0)), .. count];
    }

    private byte[] PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var key = new CborWriter();
        key.WriteStartMap(5);
        foreach (var (label, value) in new[] { (1, EllipticKey), (3, Es256), (-1, P256) })
        {
            key.WriteInt32(label);
            key.WriteInt32(value);
        }
        key.WriteInt32(-2);
        key.WriteByteString(point.X!);
        key.WriteInt32(-3);
        key.WriteByteString(point.Y!);
        key.WriteEndMap();
        return key.Encode();
    }

    private static string Text(byte[] bytes) => WebEncoders.Base64UrlEncode(bytes);
}

/// <summary>How tests add passkeys, and sign in with them.</summary>
internal static class PasskeysOfTests
{
    public static async Task<(JsonElement Options, string Challenge)> AskAsync(Browser browser, string form)
    {
        using var answer = await browser.DownloadAsync(form + "/challenge");
        var told = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        return (told.GetProperty("options"), told.GetProperty("challenge").GetString()!);
    }

    public static async Task<WebPage> AddAsync(Browser browser, TestDevice device, string name = "Laptop")
    {
        await browser.GetAsync("/account");
        var (options, challenge) = await AskAsync(browser, "/account/passkeys");
        return await SendNewAsync(browser, challenge, device.Make(options), name);
    }

    public static Task<WebPage> SendNewAsync(Browser browser, string challenge, string answer, string name = "Laptop") =>
        browser.SubmitAsync("form[action='/account/passkeys']",
            new() { ["name"] = name, ["challenge"] = challenge, ["credential"] = answer });

    public static async Task<WebPage> SignInAsync(Browser browser, TestDevice device, string returnUrl = "")
    {
        await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl));
        var (options, challenge) = await AskAsync(browser, "/signin/passkeys");
        return await SendAsync(browser, challenge, device.Sign(options));
    }

    public static Task<WebPage> SendAsync(Browser browser, string challenge, string answer) =>
        browser.SubmitAsync("form[action='/signin/passkeys']", new() { ["challenge"] = challenge, ["credential"] = answer });
}
