"""What the checks share: where the judges are, how they are asked, how answers are reported."""
