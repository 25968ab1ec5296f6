package dev.ftcp.daemon.config;

import java.util.Collection;

/** The word that was probably meant. */
final class Suggestion {
    private Suggestion() {}

    /** {@code " (did you mean 'listen'?)"}, or nothing when no candidate is near. */
    static String of(String word, Collection<String> candidates) {
        String best = "";
        int bestDistance = 1 + Math.max(1, Math.min(2, word.length() / 3));
        for (String c : candidates) {
            int d = distance(word, c);
            if (d < bestDistance) {
                bestDistance = d;
                best = c;
            }
        }
        return best.isEmpty() ? "" : " (did you mean '" + best + "'?)";
    }

    /** Edits between two words, where swapping neighbours is one edit (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) d[i][j] = i == 0 ? j : j == 0 ? i : cell(d, a, b, i, j);
        }
        return d[a.length()][b.length()];
    }

    private static int cell(int[][] d, String a, String b, int i, int j) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, d[i - 2][j - 2] + 1) : best;
    }
}
