namespace Niwaki;

/// <summary>A model that was measured on a machine, beside what would have been predicted for it.</summary>
/// <param name="Model">The model, in words.</param>
/// <param name="Measured">Processor time of one picture.</param>
/// <param name="Predicted">What is predicted with this model left out of the fit.</param>
public sealed record RooflinePoint(string Model, TimeSpan Measured, TimeSpan Predicted)
{
    /// <summary>How far the prediction is off, as a factor from one up: 1.25 is a quarter too long, or a fifth too short.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Factor => Math.Max(Predicted / Measured, Measured / Predicted);
}
