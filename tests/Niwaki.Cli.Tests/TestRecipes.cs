namespace Niwaki.Cli.Tests;

internal static class TestRecipes
{
    /// <summary>A teacher of a hundred strokes, a student of ten, a gate.</summary>
    public static string Whole(double least = 0.5, string seeds = "[1]") => $$"""
        {
          "name": "atelier", // two sketches
          "description": "A <b>teacher</b> & a student.",
          "seeds": {{seeds}},
          "data": { "kind": "stripes" },
          "steps": [
            { "name": "teacher", "stage": { "kind": "sketch", "strokes": 100 } },
            { "name": "teacher-measured", "stage": { "kind": "appraise", "meanIoU": 0.7 } },
            { "name": "student", "from": "start", "stage": { "kind": "sketch", "strokes": 10 } },
            { "name": "student-measured", "stage": { "kind": "appraise", "meanIoU": 0.65 } },
            { "name": "gate", "stage": { "kind": "gate", "teacher": "teacher-measured", "budget": { "minMeanIoU": {{least}}, "minSpeedUp": 5, "maxSizeRatio": 0.2 } } },
          ],
        }
        """;
}
