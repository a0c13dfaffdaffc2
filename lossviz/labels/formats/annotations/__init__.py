"""Exports of annotation tools -> the labels on their images or documents, a file per format."""
