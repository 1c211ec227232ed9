using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Niwaki.Edge;

/// <summary>What a request wants to have back.</summary>
/// <param name="View">What.</param>
/// <param name="MediaType">As what.</param>
/// <param name="Opacity">Of overlays.</param>
/// <param name="WithLabels">Whether JSON holds the label PNG too.</param>
/// <param name="Watched">Whether the frame counts for the watch.</param>
internal sealed record AnswerForm(AnswerView View, string MediaType, double Opacity, bool WithLabels, bool Watched)
{
    public const string Json = "application/json";
    public const string Png = "image/png";
    public const string Jpeg = "image/jpeg";

    /// <summary>By the query where it says so, otherwise by the header <c>Accept</c>, otherwise JSON.</summary>
    /// <exception cref="Refusal">Nothing that is there.</exception>
    public static AnswerForm Of(HttpRequest request)
    {
        var query = request.Query;
        var accepted = Accepted(request.Headers.Accept.ToString());
        var view = query["view"].ToString() switch
        {
            "json" => AnswerView.Json,
            "labels" => AnswerView.Labels,
            "overlay" => AnswerView.Overlay,
            "" => accepted.Select(ViewOf).FirstOrDefault(each => each is not null) ?? (request.Headers.Accept.Count == 0 ? AnswerView.Json : throw new Refusal(StatusCodes.Status406NotAcceptable, $"Accept asks for none of {Json} (areas and confidence), {Png} (labels) and {Jpeg} (overlay).")),
            _ => throw new Refusal(StatusCodes.Status400BadRequest, "view is none of json, labels and overlay."),
        };
        var type = view switch { AnswerView.Json => Json, AnswerView.Labels => Png, _ => accepted.FirstOrDefault(each => each is Png or Jpeg) ?? Jpeg };
        return new AnswerForm(view, type, Fraction(query["opacity"].ToString(), 0.5), Flag(query["labels"].ToString(), false), Flag(query["watch"].ToString(), true));
    }

    private static AnswerView? ViewOf(string type) => type switch
    {
        Json or "application/*" or "*/*" => AnswerView.Json,
        Png or "image/*" => AnswerView.Labels,
        Jpeg => AnswerView.Overlay,
        _ => null,
    };

    // RFC 9110, section 12.5.1: the largest q first, what has q=0 not at all
    private static List<string> Accepted(string header) =>
        [.. header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(32).Select((each, place) => (Type: each.Split(';')[0].Trim().ToLowerInvariant(), Weight: Weight(each), Place: place))
            .Where(each => each.Weight > 0).OrderByDescending(each => each.Weight).ThenBy(each => each.Place).Select(each => each.Type)];

    private static double Weight(string range) =>
        range.Split(';').Skip(1).Select(part => part.Trim()).FirstOrDefault(part => part.StartsWith("q=", StringComparison.OrdinalIgnoreCase)) is { } q && double.TryParse(q.AsSpan(2), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) ? weight : 1;

    private static double Fraction(string text, double otherwise)
    {
        if (text.Length == 0)
            return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw new Refusal(StatusCodes.Status400BadRequest, "opacity is no number from 0 to 1.");
    }

    private static bool Flag(string text, bool otherwise) => text switch
    {
        "" => otherwise,
        "1" or "true" => true,
        "0" or "false" => false,
        _ => throw new Refusal(StatusCodes.Status400BadRequest, "labels and watch are 0 or 1."),
    };
}

/// <summary>What can be answered.</summary>
internal enum AnswerView
{
    /// <summary>Areas and confidence.</summary>
    Json,

    /// <summary>A class for each pixel.</summary>
    Labels,

    /// <summary>The picture under colours.</summary>
    Overlay,
}
