using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp.OAuth;

/// <summary>A key of an issuer. What it signs is put together here by hand, so that nothing of what is tested makes what it is tested with.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _curve;

    private SigningKey(string id, RSA? rsa, ECDsa? curve)
    {
        Id = id;
        _rsa = rsa;
        _curve = curve;
    }

    public string Id { get; }

    /// <summary>The public half as text, as the confusion of keys wants it for a shared secret.</summary>
    public byte[] PublicPem => Encoding.ASCII.GetBytes(_rsa!.ExportSubjectPublicKeyInfoPem());

    private string Algorithm => _rsa is null ? "ES256" : "RS256";

    public static SigningKey Rsa(string id, int bits = 2048) => new(id, RSA.Create(bits), null);

    public static SigningKey Curve(string id) => new(id, null, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Encode(JsonNode json) => Encode(Encoding.UTF8.GetBytes(json.ToJsonString()));

    public JsonObject Public()
    {
        if (_rsa is not null)
        {
            var rsa = _rsa.ExportParameters(false);
            return new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = Id, ["n"] = Encode(rsa.Modulus!), ["e"] = Encode(rsa.Exponent!) };
        }

        var curve = _curve!.ExportParameters(false);
        return new JsonObject { ["kty"] = "EC", ["use"] = "sig", ["kid"] = Id, ["crv"] = "P-256", ["x"] = Encode(curve.Q.X!), ["y"] = Encode(curve.Q.Y!) };
    }

    public string Sign(JsonObject payload, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = Algorithm, ["typ"] = "at+jwt", ["kid"] = Id };
        header?.Invoke(head);
        var text = $"{Encode(head)}.{Encode(payload)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        return $"{text}.{Encode(_rsa?.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) ?? _curve!.SignData(bytes, HashAlgorithmName.SHA256))}";
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _curve?.Dispose();
    }
}
