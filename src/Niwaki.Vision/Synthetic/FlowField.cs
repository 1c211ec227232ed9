namespace Niwaki.Vision;

/// <summary>What <see cref="FlowPath.Measure"/> measured, for each pixel in metres.</summary>
/// <param name="Edge">To the edge: negative inside, infinite where nothing was measured.</param>
/// <param name="Across">To the middle: negative on the left.</param>
/// <param name="Along">From the start.</param>
/// <param name="From">For each row the first column where something was measured.</param>
/// <param name="To">For each row the column after the last.</param>
internal readonly record struct FlowField(float[] Edge, float[] Across, float[] Along, int[] From, int[] To);
